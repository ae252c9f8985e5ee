import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { freePort, isFree, portToKeep } from './free-port.js';

describe('a port', () => {
  it('is free where nobody listens', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    expect(await isFree((server.address() as AddressInfo).port)).toBe(false);
    server.close();
    expect(await isFree(await freePort())).toBe(true);
  });

  it('is not free where an outgoing connection has it, which answers nobody', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const outgoing = connect((server.address() as AddressInfo).port, '127.0.0.1');
    await once(outgoing, 'connect');
    expect(await isFree(outgoing.localPort!)).toBe(false);
    outgoing.destroy();
    server.close();
  });

  it('that is kept is none that outgoing connections are given', async () => {
    const range = '/proc/sys/net/ipv4/ip_local_port_range';
    const first = existsSync(range) ? Number(readFileSync(range, 'utf8').split(/\s/)[0]) : 32_768;
    for (let times = 0; times < 20; times++) expect(await portToKeep()).toBeLessThan(first);
  });
});
