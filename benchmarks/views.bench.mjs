import { Client, newId } from '@agencyos/client';
import { runListView, windowEntry } from '@agencyos/contracts';
import { untilAnswered } from '@agencyos/testing';
import pg from 'pg';
import { inTurns, result } from './support/measure.mjs';
import { startServices } from './support/services.mjs';

const LIMIT = 100;
const STATES = ['succeeded', 'succeeded', 'succeeded', 'failed', 'running'];
const BATCH = 5_000;

/**
 * The run list of an installation with many runs, from the first word of a client to rows in its hands: a window of it,
 * a filtered one and one in its middle, each beside the whole view. The gateway has it all in memory by then; a window
 * is asked of PostgreSQL each time.
 */
export async function run({ quick, rounds, log }) {
  const rows = quick ? 20_000 : 100_000;
  const system = await startServices(['gateway', 'swarm']);
  try {
    log(`filling the list with ${rows} runs`);
    await fill(system.servers.databaseUrl, rows);
    await wholeView(system);
    const { newest, filtered, middle, whole } = await inTurns(rounds, {
      newest: () => windowOf(system, {}, rows),
      filtered: () => windowOf(system, { filter: { state: ['failed'] }, text: 'nightly' }, rows / STATES.length / 2),
      middle: () => windowOf(system, { offset: rows / 2 }, rows),
      whole: () => wholeView(system),
    });
    const beside = (name, { ms }, atMost) =>
      result({ name, value: ms, unit: 'ms', peer: 'whole view', peerValue: whole.ms, lowerIsBetter: true, atMost });
    return [
      beside(`first window of ${rows} rows`, newest, 100),
      beside('filtered by state and text', filtered),
      beside('a window in the middle', middle),
      result({
        name: 'rows that a page holds',
        value: newest.rows,
        unit: 'rows',
        peer: 'whole view',
        peerValue: whole.rows,
        lowerIsBetter: true,
        atMost: LIMIT,
      }),
    ];
  } finally {
    await system.stop();
  }
}

/** As the projector lists them, past the log. */
async function fill(databaseUrl, count) {
  const client = new pg.Client({ connectionString: databaseUrl });
  client.on('error', () => undefined);
  await client.connect();
  await client.query('SET search_path = swarm');
  const epoch = await untilAnswered(async () => {
    const { rows } = await client.query("SELECT epoch FROM projection WHERE name = 'runs' AND active");
    return rows[0]?.epoch;
  });
  for (let n = 0; n < count; n += BATCH) {
    const listed = Array.from({ length: BATCH }, (_, at) => {
      const row = runOf(n + at);
      return { key: `run/${row.runId}`, value: row, ...windowEntry(runListView.window, row) };
    });
    await client.query(
      `WITH given AS (SELECT * FROM jsonb_to_recordset($2) AS v(key text, value jsonb, fields text[], words text)),
         rows AS (INSERT INTO view_row SELECT $1::text, 'run-list', 'all', key, value FROM given)
       INSERT INTO view_entry SELECT $1::text, 'run-list', 'all', key, fields, words FROM given`,
      [epoch, JSON.stringify(listed)],
    );
  }
  await client.query("INSERT INTO view_head (epoch, kind, id, revision) VALUES ($1, 'run-list', 'all', 1)", [epoch]);
  await client.query('ANALYZE view_entry; ANALYZE view_row');
  await client.end();
}

const runOf = (n) => ({
  runId: newId(),
  name: `${n % 2 ? 'Nightly' : 'Release'} check ${n}`,
  workflowId: `workflow-${n % 20}`,
  version: 1,
  state: STATES[n % STATES.length],
  startedAt: new Date(Date.UTC(2026, 0, 1) + n * 1_000).toISOString(),
  startedBy: 'user:bench',
  tasks: { total: 12, done: 11, failed: 0, running: 1, waiting: 0 },
});

/** Over a connection that lives, as a page's does. */
async function connected({ url, token }) {
  const client = new Client({ url, token });
  client.connection.open();
  await new Promise((resolve) => client.connection.statuses.add(({ state }) => state === 'live' && resolve()));
  return client;
}

async function windowOf(system, asked, total) {
  const client = await connected(system);
  const at = performance.now();
  const window = client.window('run-list', 'all', { order: '-startedAt', limit: LIMIT, ...asked });
  await new Promise((resolve, reject) => {
    window.onChange(() => (window.error ? reject(window.error) : resolve()));
  });
  const ms = performance.now() - at;
  if (window.total !== total || window.rows.length !== LIMIT) throw new Error(`${window.rows.length} rows of ${window.total}`);
  client.close();
  return { ms, rows: window.rows.length };
}

async function wholeView(system) {
  const client = await connected(system);
  const at = performance.now();
  const view = client.watch('run-list', 'all');
  await view.until(() => true);
  const ms = performance.now() - at;
  const { size } = view.rows;
  client.close();
  return { ms, rows: size };
}
