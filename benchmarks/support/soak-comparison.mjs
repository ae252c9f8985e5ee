import { KurrentDBClient, START, streamNameFilter } from '@kurrent/kurrentdb-client';
import { Sequence } from './soak-subscriber.mjs';
import { shortId } from './soak-writers.mjs';

const SHOWN = 20;

/** Reads the whole log with the bare official client and compares it with what writers and subscribers know. */
export async function compareWithLog({ url, category, writers, seen }) {
  const log = new Sequence();
  const revisions = new Map();
  const differences = [...writers.wrong, ...seen.flatMap(({ wrong }) => wrong)];
  let neverAcknowledged = 0;
  for await (const { id, stream, revision, position } of recorded(url, category)) {
    log.add({ id, stream, revision, position });
    if (revision !== (revisions.get(stream) ?? -1) + 1) differences.push(`${stream}: no revision before ${revision}`);
    revisions.set(stream, revision);
    const known = writers.acknowledgedStreams.get(stream);
    if (writers.refused.has(shortId(id))) differences.push(`${stream}: revision ${revision} was answered as a conflict`);
    if (known?.ids[revision] !== shortId(id)) {
      neverAcknowledged++;
      differences.push(`${stream}: revision ${revision} is not what was acknowledged`);
    }
    const told = known?.positions[revision];
    if (told && told !== Number(position)) differences.push(`${stream}: revision ${revision} is at another position`);
  }
  let missing = 0;
  for (const [stream, { ids }] of writers.acknowledgedStreams) {
    missing += Math.max(0, ids.length - 1 - (revisions.get(stream) ?? -1));
  }
  if (missing > 0) differences.push(`${missing} acknowledged events are not in the log`);
  for (const { filtered, events, digest } of seen) {
    if (digest === log.digest) continue;
    differences.push(`a subscriber (filtered: ${filtered}) saw ${events} events, not the ${log.count} of the log in its order`);
  }
  return {
    acknowledged: writers.counts,
    streams: writers.acknowledgedStreams.size,
    log: { events: log.count, missing, neverAcknowledged, digest: log.digest },
    subscribers: seen.map(({ wrong, ...subscriber }) => ({ ...subscriber, wrong: wrong.length })),
    differences: differences.slice(0, SHOWN),
  };
}

async function* recorded(url, category) {
  const client = KurrentDBClient.connectionString(url);
  const filter = streamNameFilter({ prefixes: [`${category}-`] });
  for await (const { event } of client.readAll({ fromPosition: START, filter, requiresLeader: true })) {
    const { id, streamId: stream, revision, position } = event;
    yield { id, stream, revision: Number(revision), position: position.commit };
  }
  await client.dispose();
}
