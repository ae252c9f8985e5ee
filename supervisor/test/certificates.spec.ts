import { X509Certificate } from 'node:crypto';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { makeServerCertificate } from '../src/certificates.js';

const made = makeServerCertificate('kurrentdb-node', ['kurrentdb', '127.0.0.1']);
const [ca, server] = [made.ca, made.cert].map((pem) => new X509Certificate(pem)) as [X509Certificate, X509Certificate];

describe('a certificate of a server', () => {
  it('is signed by its authority, for these hosts and the years to come', () => {
    expect([ca.ca, server.ca]).toEqual([true, false]);
    expect([ca.checkIssued(ca), server.checkIssued(ca), server.verify(ca.publicKey)]).toEqual([true, true, true]);
    expect(server.subject).toBe('CN=kurrentdb-node');
    expect([server.checkHost('kurrentdb'), server.checkIP('127.0.0.1')]).toEqual(['kurrentdb', '127.0.0.1']);
    expect(server.checkHost('elsewhere')).toBeUndefined();
    // Authenticates a server, and a client: a node of a cluster is both.
    expect(server.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
    const years = (server.validToDate.getTime() - Date.now()) / (365 * 24 * 3_600_000);
    expect([server.validFromDate.getTime() < Date.now(), Math.round(years)]).toEqual([true, 5]);
  });

  it('is taken by who trusts the authority, and by nobody else', async () => {
    const listening = createServer({ cert: made.cert, key: made.key }, (_, response) => response.end('well'));
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
    const { port } = listening.address() as AddressInfo;
    const ask = (trusted: string) =>
      new Promise<string>((resolve) => {
        const asked = request({ host: '127.0.0.1', port, ca: trusted, agent: false }, (answer) => {
          answer.resume().on('end', () => resolve(String(answer.statusCode)));
        });
        asked.on('error', ({ message }) => resolve(message)).end();
      });
    expect(await ask(made.ca)).toBe('200');
    expect(await ask(makeServerCertificate('kurrentdb-node', ['127.0.0.1']).ca)).toMatch(/signature|unable to verify/);
    listening.close();
  });
});
