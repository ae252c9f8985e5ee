import { randomUUID } from 'node:crypto';
import { KurrentDbEventStore } from '@agencyos/runtime/kurrentdb';
import { jsonEvent, KurrentDBClient, NO_STREAM } from '@kurrent/kurrentdb-client';
import { inTurns, latencies, load, result } from './measure.mjs';

const PEER = 'official client';

/**
 * The log on a real KurrentDB or EventStoreDB at `url`: the adapter beside the bare official client doing the same
 * appends, and at 64 streams the log in PostgreSQL beside both.
 *
 * @param shapes `[label, lanes, batch]` of each load
 * @param append `(store, lanes, batch)` → work of one lane, the same for every store
 */
export async function kurrentdbResults({ url, pool, postgres, shapes, append, event, rounds, ms, log }) {
  const store = new KurrentDbEventStore({ url, pool });
  const client = KurrentDBClient.connectionString(url);
  const results = [];
  try {
    for (const [label, lanes, batch] of shapes) {
      log(`KurrentDB, appends: ${label}`);
      const measured = await inTurns(rounds, {
        ours: () => load({ lanes, ms, work: append(store, lanes, batch) }),
        peer: () => load({ lanes, ms, work: bareAppends(client, event, lanes, batch) }),
        ...(label === '64 streams' && { postgres: () => load({ lanes, ms, work: append(postgres, lanes, batch) }) }),
      });
      const { ours, peer } = measured;
      const perSecond = { value: ours.perSecond * batch, unit: 'events/s', peer: PEER, peerValue: peer.perSecond * batch };
      results.push(result({ name: `KurrentDB append ${label}`, ...perSecond, ratioAtLeast: 0.9 }));
      results.push(...latencies(`KurrentDB append ${label}`, measured, PEER));
      if (measured.postgres) {
        const both = { value: measured.postgres.perSecond, unit: 'events/s', peer: 'KurrentDB', peerValue: peer.perSecond };
        results.push(result({ name: `PostgreSQL append ${label}`, ...both, ratioAtLeast: 2 }));
      }
    }
    log('KurrentDB, replay');
    results.push(result({ name: 'KurrentDB replay', value: await replay(store), unit: 'events/s' }));
    return results;
  } finally {
    await store.close();
    await client.dispose();
  }
}

function bareAppends(client, event, lanes, batch) {
  const streams = Array.from({ length: lanes }, () => ({ stream: `board-${randomUUID()}`, revision: -1n }));
  return async (lane) => {
    const target = streams[lane];
    const commandId = randomUUID();
    const events = Array.from({ length: batch }, () => {
      const { id, type, data, metadata, schema } = event(commandId);
      const { correlationId: $correlationId, causationId: $causationId } = metadata;
      return jsonEvent({ id, type, data, metadata: { ...metadata, schema, $correlationId, $causationId } });
    });
    const streamState = target.revision < 0n ? NO_STREAM : target.revision;
    target.revision = (await client.appendToStream(target.stream, events, { streamState })).nextExpectedRevision;
  };
}

async function replay(store) {
  const startedAt = performance.now();
  let [position, count] = [0n, 0];
  for (;;) {
    const page = await store.readAll(position, { limit: 2_000 });
    if (page.events.length === 0) break;
    count += page.events.length;
    position = page.position;
  }
  return (count * 1_000) / (performance.now() - startedAt);
}
