import { join } from 'node:path';
import {
  createLogger,
  openDatabase,
  PostgresEventStore,
  PresentEventStore,
  PresentForm,
  readConfig,
  SnapshotRows,
  SnapshotWriter,
  StreamStates,
} from '@agencyos/runtime';

// A process that has just started and wants the state of a stream, as a service does for its first command.
const { service, stream, databaseUrl, positions = [undefined], folded, write } = JSON.parse(process.argv[2]);
const config = readConfig(service, { DATABASE_URL: databaseUrl, LOG_LEVEL: 'warn' });
const logger = createLogger(config);
const database = await openDatabase(config, logger);
const form = new PresentForm();
const store = new PresentEventStore(new PostgresEventStore({ url: databaseUrl }), form);
const { [service]: define } = await import(join(import.meta.dirname, '..', '..', 'services', service, 'dist', 'service.js'));
const { aggregates } = define({ config: { installationId: '01900000-0000-7000-8000-000000000001' } });
const { snapshots, ...aggregate } = aggregates.find(({ category }) => stream.startsWith(`${category}-`));
form.owns([aggregate.category]);
const rows = new SnapshotRows(database);
const states = new StreamStates(rows, store, logger);
await store.head();
await database.query('SELECT 1');

const ms = [];
let state;
for (const position of positions) {
  const startedAt = performance.now();
  state = await states.at(stream, { ...aggregate, ...(!folded && { snapshots }) }, position && BigInt(position));
  ms.push(performance.now() - startedAt);
}
if (write) {
  const writer = new SnapshotWriter({ rows, states, store, logger });
  const stop = new AbortController();
  const writing = writer.write(stop.signal);
  writer.offer(state);
  const last = { stream, key: snapshots.key };
  while (((await rows.lastKept(last))?.revision ?? -1) <= state.revision - snapshots.keepEvery)
    await new Promise((resolve) => setTimeout(resolve, 100));
  stop.abort();
  await writing;
}
console.log(JSON.stringify({ ms, revision: state.revision }));
await store.close();
await database.destroy();
