import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { BoardLog } from './support/board-log.mjs';
import { inTurns, result } from './support/measure.mjs';
import { openLog } from './support/open-log.mjs';
import { RunLog } from './support/run-log.mjs';
import { command, startServices } from './support/services.mjs';

const CARDS = 20_000;
const BATCH = 500;
const NODES = 5_000;

/**
 * How soon a service that has just started can decide about a long stream, and how soon it can be seen as it once was:
 * from a snapshot, and by folding the same stream from its beginning.
 */
export async function run({ quick, rounds, log }) {
  const system = await startServices(['gateway']);
  const { databaseUrl } = system.servers;
  let opened;
  try {
    opened = await openLog(databaseUrl);
    const { pool, store } = opened;
    await (await system.start('kanban')).stop(); // makes its tables
    const events = quick ? 50_000 : 200_000;
    log(`writing a board of ${CARDS} cards and ${events} events, a run of ${NODES} nodes`);
    const board = new BoardLog(store, 'BAA');
    await fill(board, events);
    const positions = await positionsOf(pool, board.stream);
    const runLog = new RunLog(store);
    await runLog.write(NODES);
    await opened.passOver();
    const [boards, runs] = [
      { service: 'kanban', stream: board.stream, databaseUrl },
      { service: 'swarm', stream: runLog.stream, databaseUrl },
    ];
    log('writing the snapshots');
    await stateOf({ ...boards, write: true });
    await stateOf({ ...runs, write: true });
    await pool.query('CREATE TABLE public.aside AS SELECT * FROM kanban.snapshot');

    log('first commands after a restart');
    const first = (snapshots) => firstCommand(system, pool, board, snapshots);
    const commands = await inTurns(rounds, { ours: () => first(true), peer: () => first(false) });
    log('states after a restart');
    const ready = async (of) =>
      inTurns(rounds, {
        ours: async () => longest(await stateOf(of)),
        peer: async () => longest(await stateOf({ ...of, folded: true })),
      });
    const [boardReady, runReady] = [await ready(boards), await ready(runs)];
    log('states as they were');
    // Just before the next snapshot that stays, where the way is longest.
    const kept = (await pool.query('SELECT revision FROM kanban.snapshot WHERE kept ORDER BY revision')).rows.map(
      ({ revision }) => revision,
    );
    const before = [0.25, 0.5, 1].map((share) => positions[kept[Math.ceil(kept.length * share) - 1] - 1]);
    const past = await ready({ ...boards, positions: before });
    const sizes = await pool.query(
      `SELECT count(*)::int AS count, sum(length(body))::float8 / 1048576 AS mib, max(length(body))::float8 / 1048576 AS largest FROM kanban.snapshot`,
    );
    const [{ count, mib, largest }] = sizes.rows;
    const line = (name, { ours, peer }, atMost) =>
      result({ name, value: ours.ms, unit: 'ms', peer: 'folded', peerValue: peer.ms, lowerIsBetter: true, atMost });
    return [
      line(`board of ${events} events: first command after a restart`, commands, 300),
      line('its state after a restart', boardReady, 300),
      line('its state at earlier positions, the slowest of three', past, 300),
      line(`run of ${NODES} nodes: its state after a restart`, runReady, 100),
      result({ name: `the board's ${count} snapshots`, value: mib, unit: 'MiB' }),
      result({ name: 'the largest of them', value: largest, unit: 'MiB' }),
    ];
  } finally {
    await opened?.close();
    await system.stop();
  }
}

async function fill(board, events) {
  const facts = [board.opening(CARDS), board.life()];
  for (const source of facts) {
    for (;;) {
      const batch = [];
      while (batch.length < BATCH && board.revision + batch.length + 1 < events) {
        const { value, done } = source.next();
        if (done) break;
        batch.push(value);
      }
      if (batch.length === 0) break;
      await board.append(...batch);
    }
  }
}

async function positionsOf(pool, stream) {
  const { rows } = await pool.query('SELECT position FROM eventstore.events WHERE stream = $1 ORDER BY revision', [stream]);
  return rows.map(({ position }) => position);
}

/** In a process of its own. */
async function stateOf(options) {
  const { stdout } = await promisify(execFile)(process.execPath, [
    join(import.meta.dirname, 'support', 'state-process.mjs'),
    JSON.stringify(options),
  ]);
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

const longest = ({ ms }) => ({ ms: Math.max(...ms) });

/** From the outside, as soon as the service says that it is ready. */
async function firstCommand(system, pool, board, snapshots) {
  await pool.query('DELETE FROM kanban.snapshot');
  if (snapshots) await pool.query('INSERT INTO kanban.snapshot SELECT * FROM public.aside');
  const kanban = await system.start('kanban');
  await delay(1_000); // what else starts with it
  const cardIds = [board.cards[0].cardId];
  const changes = { title: `Renamed ${randomUUID()}` };
  const startedAt = performance.now();
  await command(system, 'kanban', 'EditCards', { boardId: board.boardId, cardIds, changes });
  const ms = performance.now() - startedAt;
  await kanban.stop();
  await pool.query('DELETE FROM kanban.snapshot');
  await pool.query('INSERT INTO kanban.snapshot SELECT * FROM public.aside');
  return { ms };
}
