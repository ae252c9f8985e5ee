import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '@agencyos/contracts';
import { createLogger, openDatabase, readConfig } from '@agencyos/runtime';
import { startTestServers, type TestServers } from '@agencyos/testing/servers';
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
  await database.query('TRUNCATE lease, lease_scan');
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
const lost = async () => (await leases.scan(10)).lost;
const lookedAt = async (): Promise<string> => {
  const [row] = (await database.query('SELECT xmin::text AS version FROM lease_scan')) as {
    version: string;
  }[];
  return row!.version;
};
/** As if the last look had been so long ago. */
const lastLook = (ms: number) =>
  database.query(
    `INSERT INTO lease_scan (at) VALUES (clock_timestamp() - $1 * interval '1 ms')
     ON CONFLICT (single) DO UPDATE SET at = excluded.at`,
    [ms],
  );
/** However slowly the test goes on. */
const lookedJustNow = () => lastLook(-600_000);

describe('a look at the leases', () => {
  it('that finds nothing writes nothing, for a while', async () => {
    await grant(60_000);
    await lookedJustNow();
    const before = await lookedAt();
    expect(await lost()).toEqual([]);
    expect(await lookedAt()).toBe(before);
    await lastLook(1_000);
    const noted = await lookedAt();
    expect(await lost()).toEqual([]);
    expect(await lookedAt()).not.toBe(noted);
  });

  it('without any lease writes nothing at all', async () => {
    await lastLook(3_600_000);
    const before = await lookedAt();
    expect(await leases.scan(10)).toEqual({ lost: [] });
    expect(await lookedAt()).toBe(before);
  });

  it('tells when the next lease may run out', async () => {
    await grant(60_000);
    await grant(30_000);
    await lookedJustNow();
    const { nextMs } = await leases.scan(10);
    expect(nextMs).toBeGreaterThan(0);
    expect(nextMs).toBeLessThanOrEqual(30_000);
  });

  it('finds what has run out, however recent the last look was, and again until it is over', async () => {
    const { runId, taskId, attempt } = await grant(0);
    await lookedJustNow();
    expect(await lost()).toMatchObject([{ runId, taskId, attempt }]);
    await lookedJustNow();
    expect(await lost()).toMatchObject([{ runId }]);
    await leases.end({ runId, taskId, attempt });
    expect(await lost()).toEqual([]);
  });

  it('after an outage gives every lease one more TTL', async () => {
    await grant(60_000);
    await database.query(`UPDATE lease SET until = clock_timestamp() - interval '1 minute'`);
    await lastLook(3_000);
    expect(await lost()).toEqual([]);
    await database.query(`UPDATE lease SET until = clock_timestamp() - interval '1 minute'`);
    await lookedJustNow();
    expect(await lost()).toHaveLength(1);
  });
});
