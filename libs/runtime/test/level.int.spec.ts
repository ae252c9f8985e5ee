import { afterAll, beforeAll, beforeEach, afterEach, expect, it } from '@jest/globals';
import { LEVEL, newId, subjects, type CommandAnswer } from '@agencyos/contracts';
import { until } from '@agencyos/testing';
import { startTestServers, type TestServers } from '@agencyos/testing/servers';
import type { NatsConnection } from '@nats-io/transport-node';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import pg from 'pg';
import { readStream } from '../src/event-store/testing/sample-append.js';
import { recordAs } from '../src/event-store/testing/sample-evolution.js';
import { LevelOutgrown, PostgresEventStore, readConfig, readersLock, startService, type RunningService } from '../src/index.js';
import { agentService } from './agent-service.js';

let servers: TestServers;
let databaseUrl: string;
/** Whoever raises the level: a session of the same database. */
let raiser: pg.Client;
let running: RunningService | undefined;
let children: ChildProcess[];
let gateway: NatsConnection;

const start = () =>
  startService(
    'swarm',
    () => agentService(),
    {},
    readConfig('swarm', { ...servers.environment('swarm'), DATABASE_URL: databaseUrl }),
  );
const isAlone = async () => {
  const { rows } = await raiser.query<{ yes: boolean }>('SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS yes', [
    readersLock(LEVEL),
  ]);
  return rows[0]!.yes;
};
const letGo = () => raiser.query('SELECT pg_advisory_unlock_all()');
/** Beyond what this version reads. */
async function raise() {
  const store = new PostgresEventStore({ url: databaseUrl, name: 'raiser' });
  const { length } = await readStream(store, 'upgrade-main');
  await recordAs(store, 'upgrade-main', length, 'ContractLevelRaised', 1, { level: LEVEL + 1, why: 'finished' });
  await store.close();
}
const register = async () => {
  const data = { agentId: 'one', kind: 'command', roles: ['check'], build: '1', maxConcurrent: 1 };
  const metadata = { actor: 'user:01900000-0000-7000-8000-0000000000aa', permissions: ['run:operate'] };
  const body = JSON.stringify({ id: newId(), type: 'RegisterAgent', data, metadata });
  return (await gateway.request(subjects.command('swarm', 'agent', 'gateway'), body, { timeout: 5_000 })).json<CommandAnswer>();
};

beforeAll(async () => {
  servers = await startTestServers();
  gateway = await servers.connect('gateway');
});
beforeEach(async () => {
  children = [];
  databaseUrl = await servers.createDatabase();
  raiser = new pg.Client({ connectionString: databaseUrl });
  await raiser.connect();
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await running?.stop();
  running = undefined;
  await raiser.end();
});
afterAll(async () => {
  await gateway?.close();
  await servers?.stop();
});

it('a process that runs keeps the level from being raised beyond what it reads, and no longer', async () => {
  running = await start();
  expect(await isAlone()).toBe(false);
  await running.stop();
  expect(await isAlone()).toBe(true);
});

it('also after its session broke', async () => {
  running = await start();
  await raiser.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE '%elections'`);
  await until(async () => {
    const alone = await isAlone();
    await letGo();
    return !alone;
  });
});

it('one that starts while it is raised is not missed: it waits, and does not start', async () => {
  running = await start();
  await register();
  await running.stop();
  running = undefined;
  expect(await isAlone()).toBe(true);
  const starting = start();
  starting.catch(() => undefined);
  await until(async () => {
    const { rows } = await raiser.query(`SELECT FROM pg_stat_activity WHERE application_name LIKE '%elections'`);
    return rows.length > 0;
  });
  await raise();
  await letGo();
  await expect(starting).rejects.toBeInstanceOf(LevelOutgrown);
  expect(await isAlone()).toBe(true);
});

it('one that was missed all the same ends when it hears of it', async () => {
  running = await start();
  expect(await register()).toMatchObject({ revision: 0 });
  await raise();
  await expect(running.runtime.level.outgrown).resolves.toMatchObject({
    message: expect.stringContaining(`level ${LEVEL + 1} is written here since`),
  });
});

it('as a process it says why in one line, at the end of its work or at its start, and that no other start helps', async () => {
  const launch = () => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'fixtures/copying-service.mjs')], {
      env: { PATH: process.env['PATH'], ...servers.environment('swarm'), DATABASE_URL: databaseUrl, LOG_LEVEL: 'info' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    return { child, ended: once(child, 'close'), lines: () => said.split('\n').filter((line) => line.includes('no way back')) };
  };
  const missed = launch();
  const isRegistered = async () => {
    const answer = await register().catch(() => undefined);
    return answer !== undefined && 'revision' in answer;
  };
  await until(isRegistered);
  await raise();
  expect(await missed.ended).toEqual([78, null]);
  expect(missed.lines()).toHaveLength(1);

  const late = launch();
  expect(await late.ended).toEqual([78, null]);
  expect(late.lines()).toHaveLength(1);
});
