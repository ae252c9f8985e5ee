import { parseArgs } from 'node:util';
import { migrateEventStore } from '@agencyos/runtime';
import { KurrentDbEventStore } from '@agencyos/runtime/kurrentdb';
import { startTestServers } from '@agencyos/testing/servers';
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { compareWithLog } from './support/soak-comparison.mjs';
import { SoakServers } from './support/soak-servers.mjs';
import { openSubscriber } from './support/soak-subscriber.mjs';
import { SoakWriters } from './support/soak-writers.mjs';

/**
 * `KURRENTDB_URL=… node benchmarks/soak.mjs [--minutes 30] [--writers 64] [--think-ms 50] [--server 'COMMAND'…]`
 * Writes to a KurrentDB or EventStoreDB for long, then compares the whole log with what was acknowledged and with
 * what two subscribers in other processes saw. Exit code 1 where anything differs.
 *
 * With `--server` it starts the server itself (the command must become the server, as with `exec`), kills it with
 * SIGKILL every `--fault-every` seconds and starts it again; every fifth time it stops it for 20 seconds instead. Of a
 * cluster, name the command of each node, in the order of the nodes in the URL: the one that leads is hit. Only
 * processes that it started itself are ever killed.
 */
const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    writers: { type: 'string', default: '64' },
    'think-ms': { type: 'string', default: '50' },
    'fault-every': { type: 'string', default: '150' },
    server: { type: 'string', multiple: true, default: [] },
  },
});
const url = process.env.KURRENTDB_URL;
if (!url) {
  console.error('Set KURRENTDB_URL.');
  process.exit(2);
}
const startedAt = performance.now();
const log = (line) => console.error(`${((performance.now() - startedAt) / 1_000).toFixed(0).padStart(5)} s  ${line}`);

const servers = new SoakServers(options.server, url, log);
const postgres = await startTestServers({ nats: false });
const pool = new pg.Pool({ connectionString: postgres.databaseUrl });
pool.on('error', () => undefined);
await migrateEventStore(pool);
// Two, as in two processes: appends of both to one stream meet at the server.
const stores = [1, 2].map(() => new KurrentDbEventStore({ url, pool }));
let exitCode = 2;
try {
  servers.start();
  await answering(stores[0]);
  const category = `soak${randomBytes(4).toString('hex')}`;
  const subscribers = [openSubscriber({ url, category }), openSubscriber({ url, category, filtered: true })];
  const writers = new SoakWriters(stores, category);
  const writing = writers.run(Number(options.writers), Number(options['think-ms']));
  const pauses = await disturb(writers, performance.now() + Number(options.minutes) * 60_000);
  writers.stop();
  await writing;
  log('the writers have ended; the subscribers get to the end');
  const seen = await Promise.all(subscribers.map((subscriber) => subscriber.until(writers.lastPosition)));
  log('comparing with the log');
  const result = await compareWithLog({ url, category, writers, seen });
  console.log(JSON.stringify({ ...result, pauses }, undefined, 2));
  exitCode = result.differences.length === 0 ? 0 : 1;
} finally {
  await Promise.all(stores.map((store) => store.close()));
  await pool.end();
  await postgres.stop();
  await servers.stop();
}
process.exit(exitCode);

async function answering(store) {
  for (;;) {
    try {
      return await store.head();
    } catch (error) {
      log(`waiting for the server: ${error.message}`);
      await delay(500);
    }
  }
}

/** Faults until the end; how long nothing was acknowledged around each, in milliseconds. */
async function disturb(writers, end) {
  const everyMs = Number(options['fault-every']) * 1_000;
  const pauses = { kill: [], freeze: [] };
  let next = performance.now() + everyMs;
  for (let reported = 0, n = 1; performance.now() < end; reported++) {
    await delay(1_000);
    if (reported % 30 === 0) log(writers.progress());
    if (performance.now() < next || next + everyMs / 2 > end || options.server.length === 0) continue;
    writers.longestPause();
    const fault = n++ % 5 === 0 ? 'freeze' : 'kill';
    await servers[fault](await servers.leader());
    await writers.acknowledged(1_000); // at its usual pace again, so the pause is over
    pauses[fault].push(Math.round(writers.longestPause()));
    log(`${fault}: nothing was acknowledged for ${pauses[fault].at(-1)} ms`);
    next += everyMs;
  }
  return pauses;
}
