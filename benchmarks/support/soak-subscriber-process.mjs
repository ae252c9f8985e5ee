import { once } from 'node:events';
import { KurrentDbEventStore } from '@agencyos/runtime/kurrentdb';
import pg from 'pg';
import { percentile } from './measure.mjs';
import { Sequence } from './soak-subscriber.mjs';

const LAG_OF_EVERY = 50;

process.on('disconnect', () => process.exit(0));
const [{ url, category, filtered }] = await once(process, 'message');
const faults = {};
const store = new KurrentDbEventStore({
  url,
  pool: new pg.Pool(), // answers to commands; a reader has none
  onFault: ({ constructor: { name } }) => (faults[name] = (faults[name] ?? 0) + 1),
});
const seen = new Sequence();
const wrong = [];
const lags = [];
const revisions = new Map();
let last = 0n;
let until;
process.on('message', (message) => {
  until = message.until;
  answerAtEnd();
});

const options = { signal: new AbortController().signal, ...(filtered && { categories: [category] }) };
for await (const { events, position } of store.subscribe(0n, options)) {
  for (const event of events) if (event.stream.startsWith(`${category}-`)) take(event);
  last = position;
  answerAtEnd();
}

function take({ id, stream, revision, position, data }) {
  const expected = (revisions.get(stream) ?? -1) + 1;
  if (revision !== expected) wrong.push(`${stream}: revision ${revision} came instead of ${expected}`);
  revisions.set(stream, revision);
  seen.add({ position, stream, revision, id });
  if (seen.count % LAG_OF_EVERY === 0) lags.push(Date.now() - data.at);
}

function answerAtEnd() {
  if (until === undefined || last < until) return;
  until = undefined;
  process.send({
    filtered: filtered ?? false,
    events: seen.count,
    digest: seen.digest,
    wrong,
    interruptions: faults,
    lagMs: { p50: percentile(lags, 0.5), p99: percentile(lags, 0.99), max: percentile(lags, 1) },
  });
}
