import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Api, PASSWORD, type RowsByKey } from './support/api.js';
import { generateRepository } from './support/repository.js';
import { approveGate, firstRun, gateWaits, runState } from './support/runs.js';
import { System } from './support/system.js';
import { Traffic } from './support/traffic.js';
import { until } from './support/until.js';

const run = promisify(execFile);
const cli = join(import.meta.dirname, '..', 'cli', 'bin', 'agencyos.mjs');
const program = join(import.meta.dirname, '..', 'services', 'relay', 'dist', 'backup', 'main.js');

let repository: string;
let folder: string;
let system: System;
let restored: System | undefined;
let api: Api;
let backup: string;
let recipient: string[];
let identity: string[];

const agencyos = async (...args: string[]) =>
  JSON.parse((await run(process.execPath, [cli, ...args, '--json'])).stdout) as Record<string, unknown>;

beforeAll(async () => {
  repository = await generateRepository({ breaking: false });
  system = await System.start({ repository });
  api = await system.api();
  folder = await mkdtemp(join(system.dataDir, '..', '..', 'backup-'));
  backup = join(folder, 'agencyos.backup');
  const made = await agencyos('backup', join(folder, 'key'), '--new-key');
  recipient = ['--recipient', made['recipient'] as string];
  identity = ['--identity', join(folder, 'key')];
});

afterAll(async () => {
  await restored?.discard();
  await system?.discard();
  for (const path of [repository, folder]) await rm(path, { recursive: true, force: true });
});

describe('a backup of a system that runs', () => {
  let runId: string;
  let boardId: string;
  /** Cards that were there when it began. */
  let before: string[];

  it('is made while commands come, and is whole', async () => {
    ({ runId, boardId } = (await firstRun(api)) as { runId: string; boardId: string });
    await gateWaits(api, runId);
    await api.inPerson(); // sets the owner's password
    const traffic = new Traffic(api, boardId);
    await until('cards come', () => traffic.answered.length > 20);
    before = Object.keys(cardsOf(await api.view('board', boardId)));
    const made = await agencyos('backup', backup, ...recipient, '--data-dir', system.dataDir).finally(() => traffic.stop());
    expect(made).toMatchObject({ file: backup, digest: expect.stringMatching(/^sha256:/) });
    expect(await agencyos('restore', backup, '--check', ...identity)).toMatchObject({
      digest: made['digest'],
      events: made['events'],
    });
    expect((await readdir(folder)).sort()).toEqual(['agencyos.backup', 'key']);
  });

  it('is not restored into a place that is used', async () => {
    const answer = agencyos('restore', backup, ...identity, '--data-dir', system.dataDir);
    await expect(answer).rejects.toThrow('is not empty: restore into a new folder');
  });

  it('leaves nothing to start when its restore is killed, and can be restored again', async () => {
    const dataDir = join(folder, 'restored', 'data');
    const child = spawn(process.execPath, [program, 'restore', backup, ...identity, '--data-dir', dataDir], { stdio: 'ignore' });
    await until('rows are being made', () => existsSync(join(`${dataDir}.restoring`, 'postgres', 'data', 'postmaster.pid')));
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(existsSync(dataDir)).toBe(false);
    await agencyos('restore', backup, ...identity, '--data-dir', dataDir);
    expect(existsSync(`${dataDir}.restoring`)).toBe(false);
  });

  it('goes on elsewhere with equal views, its accounts and its keys, and the same gate', async () => {
    const cards = cardsOf(await api.view('board', boardId));
    const gate = await api.row('approval', (await gateWaits(api, runId)).approvalId, 'approval');
    const key = await readFile(join(system.dataDir, 'nkeys', 'kanban.nk'), 'utf8');
    const cookie = await signedIn();
    await system.stop();
    const settings = { everyHours: 0.01, keep: 2, to: kept(), recipient: recipient[1] };
    await writeFile(join(folder, 'restored', 'data', 'backup.json'), JSON.stringify(settings));
    restored = await System.start({ repository, dataDir: join(folder, 'restored', 'data') });
    const there = await restored.api();
    const found = cardsOf(await there.view('board', boardId));
    expect(Object.keys(found)).toEqual(expect.arrayContaining(before));
    for (const [key, row] of Object.entries(found)) expect([key, row]).toEqual([key, cards[key]]);
    expect(await there.row('approval', (await gateWaits(there, runId)).approvalId, 'approval')).toEqual(gate);
    expect(await readFile(join(restored.dataDir, 'nkeys', 'kanban.nk'), 'utf8')).toBe(key);
    expect(await readFile(join(restored.dataDir, 'cli-token'), 'utf8')).toBe(
      await readFile(join(system.dataDir, 'cli-token'), 'utf8'),
    );
    // whoever was signed in there is not signed in here
    expect((await fetch(`${restored.url}/api/v1/me`, { headers: { Cookie: cookie } })).status).toBe(401);
    await approveGate(there, runId);
    await runState(there, runId, 'succeeded');
    expect(await (await there.fetch('/api/v1/parked')).json()).toEqual({ parked: [], silent: [] });
  });

  it('makes its own every few hours, which only the key opens, and one that fails is an incident', async () => {
    const there = await restored!.api();
    const status = async () =>
      ((await (await there.fetch('/api/v1/backups')).json()) as { backups: { lastGood?: { file: string; events: number } } })
        .backups;
    const { lastGood } = await until('the first one is made', status, (backups) => backups.lastGood !== undefined);
    expect(await agencyos('restore', lastGood!.file, '--check', ...identity)).toMatchObject({ events: lastGood!.events });
    await rm(kept(), { recursive: true });
    await writeFile(kept(), 'in the way');
    const found = await until(
      'it is handed to people',
      async () => Object.values(await there.view('incidents', 'all')).find((row) => row['targetId'] === 'backups'),
      (row) => row?.['state'] === 'escalated',
    );
    expect(found).toMatchObject({ title: expect.stringMatching(/^backups: the last backup failed: .*EEXIST/) });
  }, 360_000);

  const kept = () => join(folder, 'kept');

  async function signedIn(): Promise<string> {
    const answer = await fetch(`${system.url}/api/v1/login`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Origin: system.url },
      body: JSON.stringify({ name: 'admin', password: PASSWORD }),
    });
    return answer.headers
      .getSetCookie()
      .map((one) => one.split(';')[0])
      .join('; ');
  }
});

const cardsOf = (rows: RowsByKey): RowsByKey =>
  Object.fromEntries(Object.entries(rows).filter(([key]) => key.startsWith('card/')));
