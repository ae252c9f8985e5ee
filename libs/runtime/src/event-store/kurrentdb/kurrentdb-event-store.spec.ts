import { KurrentDbDouble } from '@agencyos/testing/kurrentdb';
import { startTestServers, type TestServers } from '@agencyos/testing/servers';
import { afterAll, beforeAll, describe } from '@jest/globals';
import { Pool } from 'pg';
import { eventStoreConformance } from '../event-store.conformance.js';
import { migrateEventStore } from '../postgres/schema.js';
import { KurrentDbEventStore } from './kurrentdb-event-store.js';
import { kurrentDbConformance } from './kurrentdb.conformance.js';

let servers: TestServers;
let double: KurrentDbDouble;
let pool: Pool;
beforeAll(async () => {
  servers = await startTestServers({ nats: false });
  pool = await database(servers.databaseUrl);
  double = await KurrentDbDouble.start();
});
afterAll(async () => {
  double.stop();
  await pool.end();
  await servers.stop();
});

async function database(url: string): Promise<Pool> {
  const fresh = new Pool({ connectionString: url });
  fresh.on('error', () => undefined); // connections that are still closing when the server stops
  await migrateEventStore(fresh);
  return fresh;
}

function conformance(name: string, url: () => string): void {
  eventStoreConformance(name, async () => new KurrentDbEventStore({ url: url(), pool }));
  kurrentDbConformance(name, () => ({
    url: url(),
    pool,
    freshDatabase: async () => database(await servers.createDatabase()),
  }));
}

conformance('kurrentdb (double)', () => double.url);

const realServer = process.env['KURRENTDB_URL'];
(realServer ? describe : describe.skip)('on a real server', () => conformance('kurrentdb', () => realServer!));
