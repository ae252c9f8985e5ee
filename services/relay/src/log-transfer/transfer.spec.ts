import { migrateEventStore, PostgresEventStore } from '@agencyos/runtime';
import { prepareServers } from '@agencyos/supervisor/processes';
import { appendOf } from '@agencyos/testing/facts';
import { startTestServers, type TestServers } from '@agencyos/testing/servers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'pg';
import { readTransfer, transfer } from './transfer.js';

let servers: TestServers;
let folder: string;
beforeAll(async () => {
  servers = await startTestServers({ nats: false });
  folder = await mkdtemp(join(tmpdir(), 'agencyos-log-'));
});
afterAll(async () => {
  await servers.stop();
  await rm(folder, { recursive: true });
});

describe('agencyos log', () => {
  it('moves a log between the databases that the environment names', async () => {
    const [from, to] = [await servers.createDatabase(), await servers.createDatabase()];
    const pool = new Pool({ connectionString: from });
    pool.on('error', () => undefined); // the server may end first
    await migrateEventStore(pool);
    await pool.end();
    const store = new PostgresEventStore({ url: from });
    await store.append(appendOf('board-1', [{ type: 'CardMoved', data: { n: 1 } }]));

    const file = join(folder, 'log.jsonl');
    const run = (verb: string, url: string) => transfer(readTransfer([verb, file]), { DATABASE_URL: url }, () => undefined);
    expect(await run('export', from)).toEqual({ events: 1, contents: 0 });
    expect(await run('import', to)).toEqual({ events: 1, contents: 0 });
    const moved = new PostgresEventStore({ url: to });
    expect(await moved.readAll(0n, { limit: 10 })).toEqual(await store.readAll(0n, { limit: 10 }));
    await Promise.all([store.close(), moved.close()]);
  });

  it('exports nothing from where no installation is, and makes nothing there (fault 23)', async () => {
    const dataDir = join(folder, 'wrong', '.agencyos');
    const file = join(folder, 'nothing.jsonl');
    const run = (environment: NodeJS.ProcessEnv) =>
      transfer(readTransfer(['export', file, '--data-dir', dataDir]), environment, () => undefined);
    await expect(run({})).rejects.toThrow(`There is no database in ${dataDir}: name the installation's data folder`);
    expect(existsSync(join(folder, 'wrong'))).toBe(false);

    const empty = await servers.createDatabase();
    await expect(run({ DATABASE_URL: empty })).rejects.toThrow('a database that holds no log');

    const elsewhere = { projectRoot: folder, agents: [], natsUrl: 'nats://127.0.0.1:1', databaseUrl: empty };
    await prepareServers({ ...elsewhere, dataDir });
    await expect(run({})).rejects.toThrow(`The installation in ${dataDir} has its database elsewhere: set DATABASE_URL`);
    // nor from the one that it had before
    await mkdir(join(dataDir, 'postgres', 'data'), { recursive: true });
    await expect(run({})).rejects.toThrow('has its database elsewhere');
    expect(existsSync(file)).toBe(false);
  });

  it.each([[[]], [['export']], [['copy', 'file']], [['export', 'one', 'two']], [['import', 'file', '--force']]])(
    'does not understand %j',
    (argv) => expect(() => readTransfer(argv)).toThrow(/log export FILE|Unknown option/),
  );
});
