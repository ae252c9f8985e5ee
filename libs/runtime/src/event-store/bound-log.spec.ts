import { DoubleLog, KurrentDbDouble } from '@agencyos/testing/kurrentdb';
import { startTestServers, type TestServers } from '@agencyos/testing/servers';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import type { RuntimeConfig } from '../config.js';
import type { Logger } from '../logger.js';
import { bindLog } from './bound-log.js';
import { PositionBeyondLog } from './event-store.js';
import { KurrentDbEventStore } from './kurrentdb/kurrentdb-event-store.js';
import { openEventStore } from './open-event-store.js';
import { PostgresEventStore } from './postgres/postgres-event-store.js';
import { migrateEventStore } from './postgres/schema.js';
import { freshStream, sampleAppend } from './testing/sample-append.js';

let servers: TestServers;
beforeAll(async () => {
  servers = await startTestServers({ nats: false });
});
afterAll(() => servers.stop());

let pool: Pool;
let postgres: PostgresEventStore;
let doubles: KurrentDbDouble[];
let kurrent: KurrentDbEventStore[];
beforeEach(async () => {
  const url = await servers.createDatabase();
  pool = new Pool({ connectionString: url });
  pool.on('error', () => undefined);
  await migrateEventStore(pool);
  postgres = new PostgresEventStore({ url });
  doubles = [await KurrentDbDouble.start(), await KurrentDbDouble.start()];
  kurrent = doubles.map((double) => new KurrentDbEventStore({ url: double.url, pool }));
});
afterEach(async () => {
  await Promise.all([...kurrent, postgres].map((store) => store.close()));
  for (const double of doubles) double.stop();
  await pool.end();
});

describe('a database and its log', () => {
  it('stay together: another KurrentDB (double) is refused, and none', async () => {
    const again = new KurrentDbEventStore({ url: doubles[0]!.url, pool });
    await Promise.all([kurrent[0]!, again].map((store) => bindLog(pool, store)));
    await bindLog(pool, kurrent[0]!);
    await expect(bindLog(pool, kurrent[1]!)).rejects.toThrow('the log of another installation');
    await expect(bindLog(pool, postgres)).rejects.toThrow('set KURRENTDB_URL');
    await again.close();
  });

  it('stay together: an older copy of the log is refused, whoever opens it', async () => {
    const logger = { warn: () => undefined } as unknown as Logger;
    const open = ({ url }: KurrentDbDouble) => openEventStore({ kurrentdbUrl: url } as RuntimeConfig, pool, logger);
    const [writer, other] = [await open(doubles[0]!), await open(doubles[0]!)];
    const stream = freshStream();
    await writer.append(sampleAppend(stream, -1));
    const older = await KurrentDbDouble.start(copyOf(doubles[0]!.log));
    await writer.append(sampleAppend(stream, 0));
    await Promise.all([writer, other].map((store) => store.close()));
    await expect(open(older)).rejects.toThrow(PositionBeyondLog);
    await (await open(doubles[0]!)).close();
    older.stop();
  });

  it('may part as long as the log in PostgreSQL is empty', async () => {
    await bindLog(pool, postgres);
    await bindLog(pool, kurrent[0]!);
    await expect(bindLog(pool, postgres)).rejects.toThrow('set KURRENTDB_URL');
  });

  it('do not part once the log in PostgreSQL has events', async () => {
    await postgres.append(sampleAppend(freshStream(), -1));
    await expect(bindLog(pool, kurrent[0]!)).rejects.toThrow('is in PostgreSQL, not in KurrentDB');
    await bindLog(pool, postgres);
    await expect(bindLog(pool, kurrent[0]!)).rejects.toThrow('is in PostgreSQL, not in KurrentDB');
  });
});

function copyOf(log: DoubleLog): DoubleLog {
  const copy = new DoubleLog();
  for (const record of log.records.slice(copy.records.length)) copy.append(record.stream, 'any', [record]);
  return copy;
}
