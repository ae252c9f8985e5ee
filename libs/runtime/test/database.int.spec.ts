import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startTestServers, type TestServers } from '@agencyos/testing/servers';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { until } from '@agencyos/testing';
import { createLogger, openDatabase, readConfig, type DatabaseOptions } from '../src/index.js';

let servers: TestServers;
beforeAll(async () => {
  servers = await startTestServers({ nats: false });
});
afterAll(() => servers?.stop());

const timeouts: string[] = [];
class Slow1 implements MigrationInterface {
  readonly name = 'Slow1799000000000';
  async up(runner: QueryRunner): Promise<void> {
    const [row] = (await runner.query('SHOW statement_timeout')) as { statement_timeout: string }[];
    timeouts.push(row!.statement_timeout);
    await runner.query('CREATE TABLE slow (id int)');
  }
  async down(): Promise<void> {}
}

it('a migration takes as long as it takes; statements have their limit afterwards (fault 23)', async () => {
  const config = readConfig('swarm', { DATABASE_URL: await servers.createDatabase() });
  const logger = createLogger({ name: 'swarm', instanceId: 'test', logLevel: 'silent' });
  const database = await openDatabase(config, logger, { migrations: [Slow1] });
  const [row] = (await database.query('SHOW statement_timeout')) as { statement_timeout: string }[];
  expect([...timeouts, row!.statement_timeout]).toEqual(['0', '10s']);
  expect(await database.query('SELECT count(*)::int AS rows FROM slow')).toEqual([{ rows: 0 }]);
  await database.destroy();
});

class Added1 implements MigrationInterface {
  readonly name = 'Added1799000000001';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE slow ADD COLUMN more text');
  }
  async down(): Promise<void> {}
}

class Dropped1 implements MigrationInterface {
  static readonly contractsAt = 3;
  readonly name = 'Dropped1799000000002';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE slow DROP COLUMN id');
  }
  async down(): Promise<void> {}
}

/** Opens the database as a version with these migrations would; returns the columns that there are then. */
async function columns(databaseUrl: string, migrations: DatabaseOptions['migrations'], level?: number) {
  const config = readConfig('swarm', { DATABASE_URL: databaseUrl });
  const logger = createLogger({ name: 'swarm', instanceId: 'test', logLevel: 'silent' });
  const database = await openDatabase(config, logger, { migrations: migrations! }, level);
  const rows = (await database.query(
    `SELECT column_name AS name FROM information_schema.columns WHERE table_name = 'slow' ORDER BY name`,
  )) as { name: string }[];
  await database.destroy();
  return rows.map(({ name }) => name);
}

it('a version runs on what a later one has migrated, and that one again', async () => {
  const url = await servers.createDatabase();
  expect(await columns(url, [Slow1])).toEqual(['id']);
  expect(await columns(url, [Slow1, Added1])).toEqual(['id', 'more']);
  expect(await columns(url, [Slow1])).toEqual(['id', 'more']);
  expect(await columns(url, [Slow1, Added1])).toEqual(['id', 'more']);
});

it('a migration that takes something away waits until nobody is left who uses it', async () => {
  const url = await servers.createDatabase();
  expect(await columns(url, [Slow1, Dropped1, Added1], 2)).toEqual(['id', 'more']);
  expect(await columns(url, [Slow1, Dropped1, Added1], 3)).toEqual(['more']);
});

it('with AGENCYOS_MIGRATIONS=wait the tables are left to `main.js migrate`, and until then it says what it waits for', async () => {
  const url = await servers.createDatabase();
  const migrate = join(import.meta.dirname, 'fixtures/copying-service.mjs');
  const config = readConfig('swarm', { DATABASE_URL: url, AGENCYOS_MIGRATIONS: 'wait' });
  const said: string[] = [];
  const logger = createLogger({ name: 'swarm', instanceId: 'test', logLevel: 'silent' });
  logger.warn = (...[, message]: unknown[]) => void said.push(String(message));
  let opened = false;
  const opening = openDatabase(config, logger).then((database) => {
    opened = true;
    return database;
  });
  await until(() => said.length > 0);
  expect([opened, said[0]]).toEqual([false, expect.stringContaining('waiting for the migrations of swarm')]);
  await promisify(execFile)(process.execPath, [migrate, 'migrate'], { env: { PATH: process.env['PATH'], DATABASE_URL: url } });
  const database = await opening;
  expect(await database.query('SELECT count(*)::int AS rows FROM consumer')).toEqual([{ rows: 0 }]);
  await database.destroy();
});
