import { randomUUID } from 'node:crypto';
import { migrateEventStore, PostgresEventStore } from '@agencyos/runtime';
import { startTestServers } from '@agencyos/testing/servers';
import pg from 'pg';
import { kurrentdbResults } from './support/kurrentdb.mjs';
import { inTurns, latencies, load, result } from './support/measure.mjs';

const PEER = 'pg';
const SHAPES = [
  ['1 stream', 1, 1],
  ['8 streams', 8, 1],
  ['64 streams', 64, 1],
  ['8 streams, batches of 10', 8, 10],
];

/** The event log beside a plain `pg` client that writes the same two rows (event, idempotency) in one transaction. */
export async function run({ quick, rounds, log }) {
  const servers = await startTestServers({ nats: false, durable: true });
  const pool = new pg.Pool({ connectionString: servers.databaseUrl, max: 64 });
  pool.on('error', () => undefined);
  const store = new PostgresEventStore({ url: servers.databaseUrl });
  try {
    await migrateEventStore(pool);
    await preparePeer(pool);
    const ms = quick ? 700 : 2_000;
    const results = [];
    for (const [label, lanes, batch] of SHAPES) {
      log(`appends: ${label}`);
      const measured = await inTurns(rounds, {
        ours: () => load({ lanes, ms, work: ourAppends(store, lanes, batch) }),
        peer: () => load({ lanes, ms, work: peerAppends(pool, lanes, batch) }),
      });
      const { ours, peer } = measured;
      results.push(
        result({
          name: `append ${label}`,
          value: ours.perSecond * batch,
          unit: 'events/s',
          peer: PEER,
          peerValue: peer.perSecond * batch,
          ...(label === '64 streams' && { ratioAtLeast: 1.5 }),
        }),
      );
      results.push(...latencies(`append ${label}`, measured, PEER));
    }
    const url = process.env.KURRENTDB_URL;
    if (url)
      results.push(
        ...(await kurrentdbResults({ url, pool, postgres: store, shapes: SHAPES, append: ourAppends, event, rounds, ms, log })),
      );
    results.push(...(await reading(store, rounds, log)));
    results.push(await growth(store, { quick, rounds, ms, log }));
    return results;
  } finally {
    await store.close();
    await pool.end();
    await servers.stop();
  }
}

function event(commandId) {
  return {
    id: randomUUID(),
    type: 'CardMoved',
    schema: 1,
    data: {
      boardId: commandId,
      cardId: commandId,
      fromColumnId: commandId,
      toColumnId: commandId,
      fromCategory: 'todo',
      category: 'doing',
      rank: 'a0V',
      moved: 'person',
      overLimit: false,
    },
    metadata: {
      commandId,
      commandDigest: `sha256:${'0'.repeat(64)}`,
      correlationId: commandId,
      causationId: commandId,
      actor: `user:${commandId}`,
      depth: 0,
      recordedAt: new Date().toISOString(),
      traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-00`,
    },
  };
}

function ourAppends(store, lanes, batch) {
  const streams = Array.from({ length: lanes }, () => ({ stream: `board-${randomUUID()}`, revision: -1 }));
  return async (lane) => {
    const target = streams[lane];
    const commandId = randomUUID();
    const events = Array.from({ length: batch }, () => event(commandId));
    const revision = target.revision + batch;
    const { actor: principal, commandDigest: digest } = events[0].metadata;
    const commands = [{ commandId, principal, digest, revision }];
    const answer = await store.append({ stream: target.stream, expectedRevision: target.revision, events, commands });
    if (answer.status !== 'appended') throw new Error(`append was answered ${answer.status}`);
    target.revision = revision;
  };
}

async function preparePeer(pool) {
  await pool.query(`
    CREATE SCHEMA peer;
    CREATE TABLE peer.event (position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, stream text NOT NULL, revision int NOT NULL,
      id uuid NOT NULL UNIQUE, type text NOT NULL, schema int NOT NULL, data jsonb NOT NULL, metadata jsonb NOT NULL, UNIQUE (stream, revision));
    CREATE TABLE peer.answer (command_id uuid PRIMARY KEY, digest text NOT NULL, stream text NOT NULL, revision int NOT NULL, at timestamptz NOT NULL DEFAULT now())`);
}

function peerAppends(pool, lanes, batch) {
  const streams = Array.from({ length: lanes }, () => ({ stream: `board-${randomUUID()}`, revision: -1 }));
  const text = `WITH appended AS (
      INSERT INTO peer.event (stream, revision, id, type, schema, data, metadata)
      SELECT $1, $2 + n, id, type, schema, data, metadata
      FROM jsonb_to_recordset($3::jsonb) AS e(n int, id uuid, type text, schema int, data jsonb, metadata jsonb))
    INSERT INTO peer.answer (command_id, digest, stream, revision) VALUES ($4, $5, $1, $6)`;
  return async (lane) => {
    const target = streams[lane];
    const commandId = randomUUID();
    const events = Array.from({ length: batch }, (_, n) => ({ n: n + 1, ...event(commandId) }));
    const revision = target.revision + batch;
    await pool.query({
      name: 'append',
      text,
      values: [target.stream, target.revision, JSON.stringify(events), commandId, events[0].metadata.commandDigest, revision],
    });
    target.revision = revision;
  };
}

/** Replays the whole log and reads one stream of it. */
async function reading(store, rounds, log) {
  log('reading');
  const { ours } = await inTurns(rounds, {
    ours: async () => {
      const startedAt = performance.now();
      let position = 0n;
      let count = 0;
      for (;;) {
        const page = await store.readAll(position, { limit: 2_000 });
        if (page.events.length === 0) break;
        count += page.events.length;
        position = page.position;
      }
      return { perSecond: (count * 1_000) / (performance.now() - startedAt) };
    },
  });
  return [result({ name: 'replay', value: ours.perSecond, unit: 'events/s', atLeast: 50_000 })];
}

/** What an append costs once the log is long, beside what it cost when it was short. */
async function growth(store, { quick, rounds, ms, log }) {
  const target = quick ? 100_000n : 1_000_000n;
  const perAppend = async () => (await load({ lanes: 8, ms, work: ourAppends(store, 8, 1) })).perSecond;
  const empty = await startTestServers({ nats: false, durable: true });
  const pool = new pg.Pool({ connectionString: empty.databaseUrl });
  pool.on('error', () => undefined);
  const fresh = new PostgresEventStore({ url: empty.databaseUrl });
  try {
    await migrateEventStore(pool);
    log(`filling the log to ${target} events`);
    const fill = ourAppends(store, 16, 100);
    await Promise.all(
      Array.from({ length: 16 }, async (_, lane) => {
        while ((await store.head()) < target) for (let n = 0; n < 20; n++) await fill(lane);
      }),
    );
    const { long, short } = await inTurns(rounds, {
      long: async () => ({ perSecond: await perAppend() }),
      short: async () => ({ perSecond: (await load({ lanes: 8, ms, work: ourAppends(fresh, 8, 1) })).perSecond }),
    });
    return result({
      name: `cost per append at ${target} events`,
      value: short.perSecond / long.perSecond,
      unit: '× of an empty log',
      atMost: 1.2,
    });
  } finally {
    await fresh.close();
    await pool.end();
    await empty.stop();
  }
}
