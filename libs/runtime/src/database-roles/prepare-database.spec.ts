import { startTestServers, type TestServers } from '@agencyos/testing/servers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { readConfig } from '../config.js';
import { PostgresContentStore } from '../content-store/index.js';
import { openDatabase } from '../database.js';
import { installationId, migrateEventStore, purgeAnswers } from '../event-store/postgres/schema.js';
import { PostgresEventStore } from '../event-store/postgres/postgres-event-store.js';
import { freshStream, sampleAppend } from '../event-store/testing/sample-append.js';
import { createLogger } from '../logger.js';
import { prepareDatabase } from './prepare-database.js';

const logger = createLogger({ name: 'kanban', instanceId: 'test', logLevel: 'silent' });
const logins = ['kanban', 'swarm', 'relay'].map((service) => ({
  service,
  role: `agencyos_${service}`,
  password: `${service}-secret`,
}));

let servers: TestServers;
let owner: pg.Pool;
const urlOf = (service: string) => {
  const url = new URL(servers.databaseUrl);
  url.username = `agencyos_${service}`;
  url.password = `${service}-secret`;
  return url.href;
};
const open = async (service: string, url = urlOf(service)) =>
  openDatabase({ ...readConfig(service, {}), databaseUrl: url }, logger);
const asService = async (service: string, statement: string) => {
  const client = new pg.Client({ connectionString: urlOf(service) });
  await client.connect();
  return client.query(statement).finally(() => client.end());
};

/** Deaf to the server's end, which may come before a connection that was closed has gone. */
function poolOf(service: string): pg.Pool {
  const pool = new pg.Pool({ connectionString: urlOf(service) });
  pool.on('error', () => undefined).on('connect', (client) => void client.on('error', () => undefined));
  return pool;
}

beforeAll(async () => {
  servers = await startTestServers({ nats: false });
  owner = new pg.Pool({ connectionString: servers.databaseUrl });
  owner.on('error', () => undefined);
  // An installation of before: one role has made everything.
  await migrateEventStore(owner);
  const before = await open('kanban', servers.databaseUrl);
  await before.query(`INSERT INTO consumer (name, position) VALUES ('kept', 7)`);
  await before.destroy();
  await prepareDatabase(servers.databaseUrl, logins);
  await prepareDatabase(servers.databaseUrl, logins); // at every start
});
afterAll(async () => {
  await owner.end();
  await servers.stop();
});

describe('a role for each service (fault 12)', () => {
  it('works with the log and with what was made before, in its own schema', async () => {
    const pool = poolOf('kanban');
    await migrateEventStore(pool);
    expect(await installationId(pool)).toMatch(/^[0-9a-f-]{36}$/);
    const store = new PostgresEventStore({ url: urlOf('kanban') });
    const append = sampleAppend(freshStream(), -1);
    expect(await store.append(append)).toMatchObject({ status: 'appended' });
    expect(await store.append(append)).toMatchObject({ status: 'repeat' });
    await purgeAnswers(pool);
    await store.close();
    await pool.end();
    const database = await open('kanban');
    expect(await database.query(`SELECT position FROM consumer WHERE name = 'kept'`)).toEqual([{ position: '7' }]);
    await database.query('CREATE TABLE its_own (x int); DROP TABLE its_own');
    await database.destroy();
    await (await open('swarm')).destroy(); // new tables in a fresh schema
  });

  it.each([
    "UPDATE eventstore.events SET type = 'x'",
    'DELETE FROM eventstore.events',
    'TRUNCATE eventstore.events',
    'ALTER TABLE eventstore.events DISABLE TRIGGER append_only',
    'DROP TABLE eventstore.events',
    'DELETE FROM eventstore.content',
    "UPDATE eventstore.content SET bytes = ''",
    'DROP TRIGGER append_only ON eventstore.events',
    'CREATE TABLE eventstore.mine (x int)',
    'DELETE FROM eventstore.migration',
    "UPDATE eventstore.answers SET principal = 'user:x'",
    'SET ROLE agencyos_swarm',
    'CREATE SCHEMA another',
    'CREATE ROLE another',
    'CREATE TABLE public.mine (x int)',
  ])('may not %s', async (statement) => {
    await expect(asService('kanban', statement)).rejects.toThrow(/permission denied|must be owner/);
  });

  it('puts content and says that it needs some, and the relay alone deletes it (fault 16)', async () => {
    const pool = poolOf('kanban');
    const content = new PostgresContentStore(pool);
    for (let times = 0; times < 2; times++) await content.put(Buffer.from('some'), 'text/plain');
    await pool.end();
    expect((await asService('relay', 'DELETE FROM eventstore.content')).rowCount).toBe(1);
  });

  it("neither reads nor writes another's schema", async () => {
    await (await open('swarm')).destroy();
    for (const statement of ['SELECT * FROM swarm.consumer', 'DELETE FROM swarm.view_row', 'CREATE TABLE swarm.mine (x int)'])
      await expect(asService('kanban', statement)).rejects.toThrow('permission denied for schema swarm');
    expect((await asService('swarm', 'SELECT * FROM swarm.consumer')).rowCount).toBe(0);
  });

  it('is prepared by an owner who is no superuser, at every start, and loses what it must not have', async () => {
    const others = [
      { service: 'kanban', role: 'our_kanban', password: 'kanban-secret' },
      { service: 'relay', role: 'our_relay', password: 'relay-secret' },
    ];
    const logIn = async (url: URL, statement: string) => {
      const client = new pg.Client({ connectionString: url.href });
      await client.connect();
      return client.query(statement).finally(() => client.end());
    };
    // A database server of its own: the role that all services belong to is the server's, and one owner's.
    const server = await startTestServers({ nats: false });
    try {
      const url = new URL(server.databaseUrl);
      await logIn(url, `CREATE ROLE keeper LOGIN CREATEROLE PASSWORD 'keeper-secret'`);
      await logIn(url, 'CREATE DATABASE own OWNER keeper');
      const as = (username: string, password: string) => Object.assign(new URL(url), { username, password, pathname: '/own' });
      const ownerUrl = as('keeper', 'keeper-secret');
      for (let start = 0; start < 2; start++) await prepareDatabase(ownerUrl.href, others);
      await logIn(url, 'ALTER ROLE our_kanban CREATEDB');
      await prepareDatabase(server.databaseUrl.replace(/\/[^/]*$/, '/own'), others);
      const kanban = as('our_kanban', 'kanban-secret');
      await expect(logIn(kanban, 'CREATE DATABASE mine')).rejects.toThrow('permission denied');
      await expect(logIn(kanban, 'DELETE FROM eventstore.events')).rejects.toThrow('permission denied');
      expect((await logIn(kanban, 'CREATE TABLE kanban.its_own (x int)')).command).toBe('CREATE');
    } finally {
      await server.stop();
    }
  });

  it('is told what to do where the log is older than the service and is not its to change', async () => {
    await owner.query('DELETE FROM eventstore.migration WHERE version = (SELECT max(version) FROM eventstore.migration)');
    const pool = poolOf('kanban');
    await expect(migrateEventStore(pool)).rejects.toThrow(/owner/);
    await pool.end();
  });
});
