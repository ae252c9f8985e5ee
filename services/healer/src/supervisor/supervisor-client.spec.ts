import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DriverRefused, SupervisorClient } from './supervisor-client.js';

let folder: string;
let file: string;
let asked: { method: string; url: string; headers: Record<string, string>; body?: unknown }[];
let answer: { status: number; body?: unknown };
let supervisor: SupervisorClient;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agencyos-supervisor-'));
  file = join(folder, 'supervisor.json');
  await writeFile(file, JSON.stringify({ url: 'http://127.0.0.1:1', token: 'secret' }));
  [asked, answer] = [[], { status: 200, body: {} }];
  jest.spyOn(globalThis, 'fetch').mockImplementation((async (url: URL, { method, headers, body }: RequestInit) => {
    const sent = body === undefined ? {} : { body: JSON.parse(body as string) as unknown };
    asked.push({ method: method!, url: String(url), headers: headers as Record<string, string>, ...sent });
    const { status, body: answered } = answer;
    const json = async () => {
      if (answered === undefined) throw new SyntaxError('no JSON');
      return answered;
    };
    return { status, json };
  }) as unknown as typeof fetch);
  supervisor = new SupervisorClient(file);
});
afterEach(async () => {
  jest.restoreAllMocks();
  await rm(folder, { recursive: true });
});

const restart = () => supervisor.restart('kanban', 'k1', 7);

describe('the supervisor', () => {
  it('is asked where it is now, by whoever has its token', async () => {
    const processes = [{ name: 'kanban', kind: 'service', restartedBy: 'healer', state: 'ready', more: 1 }];
    answer.body = {
      processes,
      backups: { how: 'every 24 h', oldAt: '2026-01-03T00:00:00.000Z', since: '2026-01-01T00:00:00.000Z' },
    };
    const { more: _, ...kanban } = processes[0]!;
    expect(await supervisor.status()).toEqual({ ...(answer.body as object), processes: [kanban] });
    await writeFile(file, JSON.stringify({ url: 'http://127.0.0.1:2', token: 'other' }));
    await supervisor.status();
    expect(asked).toEqual([
      { method: 'GET', url: 'http://127.0.0.1:1/status', headers: { authorization: 'Bearer secret' } },
      { method: 'GET', url: 'http://127.0.0.1:2/status', headers: { authorization: 'Bearer other' } },
    ]);
  });

  it('restarts a process, at most once for each key', async () => {
    answer.body = { outcome: 'running' };
    expect(await restart()).toEqual({ state: 'running' });
    expect(asked).toEqual([
      {
        ...{ method: 'POST', url: 'http://127.0.0.1:1/restart' },
        headers: { authorization: 'Bearer secret', 'content-type': 'application/json' },
        body: { name: 'kanban', actionKey: 'k1', token: 7 },
      },
    ]);
  });

  it('says what became of it', async () => {
    answer.body = { outcome: 'done' };
    expect(await supervisor.outcome('k1')).toEqual({ state: 'done' });
    answer.body = { outcome: 'failed', detail: 'no port' };
    expect(await supervisor.outcome('k1')).toEqual({ state: 'failed', detail: 'no port' });
    answer.body = { outcome: 'failed' };
    expect(await supervisor.outcome('k1')).toEqual({ state: 'failed', detail: 'The process did not become ready.' });
    answer = { status: 404 };
    expect(await supervisor.outcome('k1')).toBeUndefined();
    expect(asked[0]!.url).toBe('http://127.0.0.1:1/actions/k1');
  });

  it.each([
    [409, 'stale_token', 'A newer repair of this target is under way.'],
    [404, 'unknown_process', 'The supervisor runs no process kanban.'],
    [400, 'refused', 'The supervisor refused with 400.'],
    [499, 'refused', 'The supervisor refused with 499.'],
  ])('refuses for good with %i', async (status, code, message) => {
    answer = { status };
    await expect(restart()).rejects.toMatchObject({ name: 'DriverRefused', code, message });
    await expect(restart()).rejects.toBeInstanceOf(DriverRefused);
  });

  it.each([401, 500, 503])('is to be asked again after %i', async (status) => {
    answer = { status, body: { outcome: 'done' } };
    for (const ask of [restart, () => supervisor.outcome('k1'), () => supervisor.status()])
      await expect(ask()).rejects.toThrow(`the supervisor answered ${status}`);
  });

  it('tells of what it did by itself, as far as it is understood', async () => {
    const entry = { n: 5, kind: 'restart', process: 'nats', by: 'supervisor' };
    answer.body = { entries: [entry, { n: 6 }, { ...entry, n: 7, diedAt: '2026-01-01T00:00:00.000Z', more: 1 }] };
    expect(await supervisor.journal(4)).toEqual([entry, { ...entry, n: 7, diedAt: '2026-01-01T00:00:00.000Z' }]);
    expect(asked[0]!.url).toBe('http://127.0.0.1:1/journal?after=4');
    answer.body = {};
    await expect(supervisor.journal(4)).rejects.toThrow();
  });
});
