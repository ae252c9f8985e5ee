import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from '@agencyos/contracts';
import { startHarness, type Harness } from './harness.js';

let harness: Harness;
let folder: string;
let supervisor: Server;
let asked: { request: string; authorization: string | undefined; body: unknown }[];

/** In place of the real one, whose interface `supervisor/test` shows. */
beforeAll(async () => {
  asked = [];
  folder = await mkdtemp(join(tmpdir(), 'agencyos-processes-'));
  supervisor = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body: unknown = chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : undefined;
    asked.push({ request: `${request.method} ${request.url}`, authorization: request.headers.authorization, body });
    const known = request.method === 'GET' || (body as { name: string }).name === 'kanban';
    response.writeHead(known ? 202 : 404, { 'content-type': 'application/json' });
    const backups = { how: 'every 6 h', lastGood: { at: '2026-11-27T12:00:00.000Z' } };
    response.end(
      JSON.stringify(
        known
          ? { outcome: 'running', ...(request.url === '/status' && { processes: [], backups }) }
          : { status: 404, code: 'unknown_process', detail: 'There is no process of this name.' },
      ),
    );
  });
  await new Promise<void>((resolve) => supervisor.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(supervisor.address() as AddressInfo).port}`;
  const file = join(folder, 'supervisor.json');
  await writeFile(file, JSON.stringify({ url, token: 'secret', pid: 1 }));
  harness = await startHarness({ AGENCYOS_SUPERVISOR_FILE: file });
});

afterAll(async () => {
  await harness?.stop();
  await new Promise((resolve) => supervisor.close(resolve));
  await rm(folder, { recursive: true });
});

// fault 19
describe('a process of this machine', () => {
  const restart = (name: string, headers: Record<string, string> = { 'idempotency-key': newId() }) =>
    harness.call('POST', `/api/v1/processes/${name}/restart`, { token: harness.ownerToken, body: {}, headers });

  it('is restarted by the supervisor, under the key that was sent', async () => {
    const key = newId();
    expect((await restart('kanban', { 'idempotency-key': key })).status).toBe(202);
    expect(asked.at(-1)).toEqual({
      request: 'POST /restart',
      authorization: 'Bearer secret',
      body: { name: 'kanban', actionKey: key },
    });
  });

  it('is not, without a key or under a name that nobody has', async () => {
    expect((await restart('kanban', {})).status).toBe(400);
    const unknown = await restart('kaban');
    expect([unknown.status, ((await unknown.json()) as { code: string }).code]).toEqual([404, 'unknown_process']);
  });

  it('cannot be restarted by somebody who only looks on', async () => {
    const before = asked.length;
    const answer = await harness.call('POST', '/api/v1/processes/kanban/restart', {
      body: {},
      headers: { 'idempotency-key': newId() },
    });
    expect([answer.status, asked.length]).toEqual([401, before]);
  });
});

describe('the backups of this machine', () => {
  it('are told to whoever may look at operations', async () => {
    const answer = await harness.call('GET', '/api/v1/backups', { token: harness.ownerToken });
    expect([answer.status, await answer.json()]).toEqual([
      200,
      { backups: { how: 'every 6 h', lastGood: { at: '2026-11-27T12:00:00.000Z' } } },
    ]);
    expect((await harness.call('GET', '/api/v1/backups')).status).toBe(401);
  });
});
