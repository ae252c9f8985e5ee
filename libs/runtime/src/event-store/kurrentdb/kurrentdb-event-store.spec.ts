import { startTestServers, type TestServers } from '@agencyos/supervisor/testing';
import { afterAll, beforeAll, jest } from '@jest/globals';
import { Pool } from 'pg';
import { eventStoreConformance } from '../event-store.conformance.js';
import { migrateEventStore } from '../postgres/schema.js';
import { KurrentDbEventStore } from './kurrentdb-event-store.js';
import { KurrentDbDouble } from './testing/kurrentdb-double.js';

jest.setTimeout(60_000);

let servers: TestServers;
let double: KurrentDbDouble;
let pool: Pool;
beforeAll(async () => {
  servers = await startTestServers({ nats: false });
  pool = new Pool({ connectionString: servers.databaseUrl });
  pool.on('error', () => undefined); // connections that are still closing when the server stops
  await migrateEventStore(pool);
  double = await KurrentDbDouble.start();
});
afterAll(async () => {
  double.stop();
  await pool.end();
  await servers.stop();
});

eventStoreConformance('kurrentdb (double)', async () => new KurrentDbEventStore({ url: double.url, pool }));

const realServer = process.env['KURRENTDB_URL'];
if (realServer) {
  eventStoreConformance('kurrentdb', async () => new KurrentDbEventStore({ url: realServer, pool }));
}
