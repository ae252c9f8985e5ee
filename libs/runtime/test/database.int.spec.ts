import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startTestServers, type TestServers } from '@agencyos/testing/servers';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createLogger, openDatabase, readConfig } from '../src/index.js';

let servers: TestServers;
beforeAll(async () => {
  servers = await startTestServers({ nats: false });
}, 60_000);
afterAll(() => servers?.stop(), 30_000);

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
