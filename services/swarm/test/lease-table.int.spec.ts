import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '@agencyos/contracts';
import { createLogger, openDatabase, readConfig } from '@agencyos/runtime';
import { startTestServers, type TestServers } from '@agencyos/supervisor/testing';
import { LeaseTable, type GrantedLease } from '../src/leases/lease-table.js';
import { options } from '../src/options.js';

let servers: TestServers;
let database: Awaited<ReturnType<typeof openDatabase>>;
let leases: LeaseTable;

beforeAll(async () => {
  servers = await startTestServers({ nats: false });
  const env = { DATABASE_URL: servers.databaseUrl, LOG_LEVEL: 'silent' };
  const config = readConfig('swarm', env);
  database = await openDatabase(config, createLogger(config), options);
  leases = new LeaseTable(database);
});

afterAll(async () => {
  await database?.destroy();
  await servers?.stop();
});

beforeEach(async () => {
  await database.query('TRUNCATE lease');
  await leases.scan(10);
});

const grant = async (leaseMs: number): Promise<GrantedLease> => {
  const lease = {
    runId: newId(),
    taskId: 'a',
    attempt: 1,
    agentId: 'one',
    instanceId: '1',
    eventId: newId(),
    leaseMs,
  };
  await leases.grant(lease);
  return lease;
};
const lookedAt = async (): Promise<string> => {
  const [row] = (await database.query('SELECT xmin::text AS version FROM lease_scan')) as {
    version: string;
  }[];
  return row!.version;
};
/** As if the last look had been so long ago. */
const lastLook = (ms: number) =>
  database.query(`UPDATE lease_scan SET at = clock_timestamp() - $1 * interval '1 ms'`, [ms]);
/** However slowly the test goes on. */
const lookedJustNow = () => lastLook(-600_000);

describe('a look at the leases', () => {
  it('that finds nothing writes nothing, for a while', async () => {
    await grant(60_000);
    await lookedJustNow();
    const before = await lookedAt();
    expect(await leases.scan(10)).toEqual([]);
    expect(await lookedAt()).toBe(before);
    await lastLook(1_000);
    const noted = await lookedAt();
    expect(await leases.scan(10)).toEqual([]);
    expect(await lookedAt()).not.toBe(noted);
  });

  it('finds what has run out, however recent the last look was, and again until it is over', async () => {
    const { runId, taskId, attempt } = await grant(0);
    await lookedJustNow();
    expect(await leases.scan(10)).toMatchObject([{ runId, taskId, attempt }]);
    await lookedJustNow();
    expect(await leases.scan(10)).toMatchObject([{ runId }]);
    await leases.end({ runId, taskId, attempt });
    expect(await leases.scan(10)).toEqual([]);
  });

  it('after an outage gives every lease one more TTL', async () => {
    await grant(60_000);
    await database.query(`UPDATE lease SET until = clock_timestamp() - interval '1 minute'`);
    await lastLook(3_000);
    expect(await leases.scan(10)).toEqual([]);
    await database.query(`UPDATE lease SET until = clock_timestamp() - interval '1 minute'`);
    await lookedJustNow();
    expect(await leases.scan(10)).toHaveLength(1);
  });
});
