import { setTimeout as delay } from 'node:timers/promises';
import { BoardLog, boardKey } from './support/board-log.mjs';
import { inTurns, result } from './support/measure.mjs';
import { openLog } from './support/open-log.mjs';
import { startServices } from './support/services.mjs';
import { startReading } from './support/view-reader.mjs';

const BOARDS = 64;
const CARDS = 200;
const BATCH = 500;

/**
 * The board view in a new version, built from the whole log by kanban while readers use the old one: first beside it,
 * as after an upgrade, then in its place. The yardstick reads the same events and folds them in memory.
 */
export async function run({ quick, rounds, log }) {
  const system = await startServices([]);
  const { databaseUrl } = system.servers;
  let opened;
  try {
    opened = await openLog(databaseUrl);
    const { pool, store } = opened;
    const boards = Array.from({ length: BOARDS }, (_, n) => new BoardLog(store, boardKey(n)));
    for (const board of boards) await board.append(...board.opening(CARDS));
    await buildOldView(system, pool, store);
    const events = quick ? 100_000 : 1_000_000;
    log(`filling the log with ${events} events`);
    await Promise.all(boards.map((board) => fill(board, events / BOARDS)));
    await opened.passOver();

    log('rebuilding');
    let kanban = await system.start('kanban');
    const failures = [];
    const upgrade = async () => {
      const rebuilt = await upgraded(system, pool, boards, kanban);
      kanban = rebuilt.kanban;
      await assertRebuilt(pool, boards);
      failures.push(...rebuilt.reading.failures);
      const { reads, p99 } = rebuilt.reading;
      return { perSecond: (Number(await store.head()) * 1_000) / rebuilt.ms, reads, p99 };
    };
    const { ours, limit } = await inTurns(rounds, { ours: upgrade, limit: () => fold(store) });
    for (const failure of failures) log(`a read failed: ${JSON.stringify(failure)}`);
    return [
      result({
        name: `rebuild of ${events} events`,
        value: ours.perSecond,
        unit: 'events/s',
        peer: 'read and folded',
        peerValue: limit.perSecond,
        atLeast: 20_000,
      }),
      result({ name: 'reads meanwhile', value: ours.reads, unit: 'reads' }),
      result({ name: 'failed or incomplete reads', value: failures.length, unit: 'reads', atMost: 0 }),
      result({ name: 'reads p99', value: ours.p99, unit: 'ms' }),
    ];
  } finally {
    await opened?.close();
    await system.stop();
  }
}

/** The view before the many events came: complete boards, and a version that is replaced. */
async function buildOldView(system, pool, store) {
  const kanban = await system.start('kanban');
  const head = await store.head();
  await until(pool, `SELECT 1 FROM kanban.projection WHERE position >= ${head}`);
  await kanban.stop();
}

async function fill(board, events) {
  const life = board.life();
  for (let left = Math.round(events); left > 0; left -= BATCH) {
    await board.append(...Array.from({ length: Math.min(left, BATCH) }, () => life.next().value));
  }
}

/** What is in use becomes the version before; a process that knows the present one starts, then the old one stops. */
async function upgraded(system, pool, boards, old) {
  await pool.query(`DELETE FROM kanban.view_row WHERE epoch IN (SELECT epoch FROM kanban.projection WHERE NOT active);
    DELETE FROM kanban.projection WHERE NOT active;
    UPDATE kanban.projection SET version = version - 1`);
  const reader = await startReading(system.servers, boards, 1 + boards[0].columns.length + CARDS);
  const kanban = await system.start('kanban');
  await old.stop();
  await until(pool, 'SELECT 1 FROM kanban.projection HAVING count(*) = 2');
  const startedAt = performance.now();
  await until(pool, 'SELECT 1 FROM kanban.projection p WHERE active AND version = (SELECT max(version) FROM kanban.projection)');
  const ms = performance.now() - startedAt;
  return { kanban, ms, reading: await reader.stop() };
}

/** Every board is shown at its last revision, with each card where it is. */
async function assertRebuilt(pool, boards) {
  const { rows } = await pool.query(`SELECT id, key, value FROM kanban.view_row
    WHERE kind = 'board' AND epoch = (SELECT epoch FROM kanban.projection WHERE active)`);
  const views = new Map(rows.map(({ id, key, value }) => [`${id} ${key}`, value]));
  for (const board of boards) {
    const row = (key) => views.get(`${board.boardId} ${key}`);
    const stands = (card) => row(`card/${card.cardId}`)?.columnId === board.columnOf(card).columnId;
    const right = row('board')?.revision === board.revision && board.cards.every(stands);
    if (!right) throw new Error(`${board.stream} was rebuilt wrongly`);
  }
}

/** The whole log, read and kept in memory: what no rebuild can be faster than. */
async function fold(store) {
  const startedAt = performance.now();
  const cards = new Map();
  let [position, count] = [0n, 0];
  for (;;) {
    const page = await store.readAll(position, { limit: 2_000, categories: ['board'] });
    for (const { type, data } of page.events) {
      if (type === 'CardArchived') cards.delete(data.cardId);
      else cards.set(data.cardId, { ...cards.get(data.cardId), ...data });
    }
    count += page.events.length;
    if (page.events.length === 0) return { perSecond: (count * 1_000) / (performance.now() - startedAt) };
    position = page.position;
  }
}

async function until(pool, sql) {
  while ((await pool.query(sql)).rows.length === 0) await delay(10);
}
