import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { NotStored, ContentClient } from './content-client.js';

/** What a gateway answers, one after another; the last one for ever. */
let answers: { status: number; body: unknown }[];
let requests: { path: string; authorization: string | undefined; body: string }[];
let server: Server;
let folder: string;
let tokenFile: string;
beforeEach(async () => {
  requests = [];
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { authorization } = request.headers;
      requests.push({ path: request.url!, authorization, body: Buffer.concat(chunks).toString() });
      const { status, body } = answers.length > 1 ? answers.shift()! : answers[0]!;
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  folder = mkdtempSync(join(tmpdir(), 'agencyos-content-'));
  tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, 'first\n');
});
afterEach(async () => {
  rmSync(folder, { recursive: true });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const store = () => {
  const gatewayUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return new ContentClient({ gatewayUrl, tokenFile, retryMs: 5 });
};
const stored = { digest: `sha256:${'a'.repeat(64)}`, bytes: 4, mediaType: 'application/json' };
const never = new AbortController().signal;
const problem = (status: number, code: string, detail?: string) => ({
  status,
  body: { type: `urn:agencyos:problem:${code}`, title: code, status, code, ...(detail && { detail }) },
});

describe('a content that is read', () => {
  const digest = `sha256:${createHash('sha256').update('"it"').digest('hex')}`;

  it('is exactly what its digest names, through an outage', async () => {
    answers = [problem(503, 'busy'), { status: 200, body: 'it' }];
    expect(Buffer.from(await store().get(digest, never)).toString()).toBe('"it"');
  });

  it('is refused when the bytes are others, or none', async () => {
    answers = [{ status: 200, body: 'changed' }];
    await expect(store().get(digest, never)).rejects.toThrow(`${digest} was asked for, the answer is sha256:`);
    answers = [problem(404, 'not_found')];
    await expect(store().get(digest, never)).rejects.toThrow(`${digest} cannot be read: not_found`);
  });
});

describe('a large output', () => {
  it('is put under its SHA-256 with the agent’s token', async () => {
    answers = [{ status: 200, body: stored }];
    expect(await store().put('"it"', 'application/json', never)).toEqual(stored);
    const digest = createHash('sha256').update('"it"').digest('hex');
    const path = `/api/v1/content/sha256:${digest}`;
    expect(requests).toEqual([{ path, authorization: 'Bearer first', body: '"it"' }]);
  });

  it('is put again through an outage and a token that is replaced', async () => {
    answers = [problem(503, 'busy'), problem(401, 'unauthenticated'), { status: 200, body: stored }];
    const put = store().put('"it"', 'application/json', never);
    writeFileSync(tokenFile, 'second');
    expect(await put).toEqual(stored);
    expect(requests.at(-1)!.authorization).toBe('Bearer second');
    expect(new Set(requests.map(({ path }) => path)).size).toBe(1);
    expect(requests).toHaveLength(3);
  });

  it('is not stored when the gateway refuses it, and the reason is told', async () => {
    answers = [problem(413, 'too_large', 'The body is larger than 5 bytes.')];
    await expect(store().put('"it"', 'application/json', never)).rejects.toEqual(
      new NotStored('The body is larger than 5 bytes.'),
    );
    expect(requests).toHaveLength(1);
  });

  it('is given up with the lease', async () => {
    answers = [problem(503, 'busy')];
    const lease = new AbortController();
    const put = store().put('"it"', 'application/json', lease.signal);
    lease.abort('lease_lost');
    await expect(put).rejects.toBeDefined();
  });
});
