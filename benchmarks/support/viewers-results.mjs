import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Gateway } from '@agencyos/client';
import { untilAnswered } from '@agencyos/testing';
import pg from 'pg';
import { BoardLog } from './board-log.mjs';
import { peerAppend, ticketOf } from './live-lines.mjs';
import { inTurns, percentile, result } from './measure.mjs';
import { command } from './services.mjs';
import { now, openViewers } from './viewers.mjs';

const VIEWERS = 1_000;
const PER_SECOND = 20;
const CARDS = 50;
const AT_A_TIME = 20;

/** One board, moved by commands over REST, before a thousand viewers of whom each has a token of their own. */
export async function viewersResults(system, peer, { ms, rounds, log }) {
  log(`${VIEWERS} viewers of one board`);
  const stops = [];
  try {
    const ours = await ourBoard(system);
    stops.push(ours.stop);
    const theirs = await peerBoard(system.servers.databaseUrl, peer.url);
    stops.push(theirs.stop);
    const moves = Math.round((ms * PER_SECOND) / 1_000);
    for (const board of [ours, theirs]) await shown(board, PER_SECOND); // warm
    const measured = await inTurns(rounds, {
      ours: () => shown(ours, moves),
      theirs: () => shown(theirs, moves),
    });
    const what = `move → ${VIEWERS} viewers at ${PER_SECOND}/s`;
    const time = { unit: 'ms', peer: 'INSERT + NOTIFY', lowerIsBetter: true };
    const { p50, p99 } = measured.ours;
    return [
      result({ ...time, name: `${what} p50`, value: p50, peerValue: measured.theirs.p50 }),
      result({ ...time, name: `${what} p99`, value: p99, peerValue: measured.theirs.p99, atMost: 250 }),
    ];
  } finally {
    for (const stop of stops) await stop();
  }
}

/** From the moment a move is asked for to the frame that shows it, for every move and viewer. */
async function shown({ move, viewers }, moves) {
  const startedAt = now();
  const asked = await Promise.all(
    Array.from({ length: moves }, async (_, n) => {
      await delay(Math.max(0, startedAt + (n * 1_000) / PER_SECOND - now()));
      const at = now();
      return { at, number: await move() };
    }),
  );
  const seen = await viewers.seen(Math.max(...asked.map(({ number }) => number)));
  const latencies = asked.flatMap(({ at, number }) => {
    const times = seen.get(number) ?? [];
    if (times.length !== VIEWERS) throw new Error(`${times.length} of ${VIEWERS} viewers saw move ${number}`);
    return times.map((time) => time - at);
  });
  return { p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99) };
}

async function ourBoard(system) {
  const { boardId, columns } = new BoardLog();
  const board = { boardId, name: 'Benchmark', key: 'LIVE', purpose: 'work', columns };
  await command(system, 'kanban', 'OpenBoard', { ...board, laneBy: 'none', visibility: 'all' });
  const cardIds = Array.from({ length: CARDS }, () => randomUUID());
  const card = { title: 'A card of the benchmark', priority: 'normal', labels: [], assignees: [] };
  const cards = cardIds.map((cardId) => ({ ...card, cardId }));
  await command(system, 'kanban', 'AddCards', { boardId, cards });
  const tokens = await tokensOf(system, VIEWERS);
  // The directory knows a token a moment after it was issued.
  await untilAnswered(() => ticketOf({ url: system.url, token: tokens.at(-1) }));
  const viewers = await openViewers({
    url: `${system.url.replace('http', 'ws')}/api/v1/live`,
    count: VIEWERS,
    tickets: await side(VIEWERS, (n) => ticketOf({ url: system.url, token: tokens[n] })),
    view: { kind: 'board', id: boardId },
  });
  let moves = 0;
  return {
    viewers,
    /** Moves the next card; after all of them it begins anew, with the next column. */
    async move() {
      const n = moves++;
      const to = columns[(1 + Math.floor(n / CARDS)) % columns.length];
      const data = { boardId, cardIds: [cardIds[n % CARDS]], toColumnId: to.columnId };
      return (await command(system, 'kanban', 'MoveCards', data)).revision;
    },
    stop: () => viewers.stop(),
  };
}

/** A token per viewer, for the gateway keeps checking the rights behind every socket. */
async function tokensOf({ url, token }, count) {
  const gateway = new Gateway({ url, token });
  return side(count, async () => {
    const made = await gateway.post('/api/v1/tokens', { label: 'viewer', permissions: ['board:read'] });
    return made.token;
  });
}

/** `count` answers, some at a time. */
async function side(count, ask) {
  const answers = [];
  let next = 0;
  const lane = async () => {
    for (let n = next++; n < count; n = next++) answers[n] = await ask(n);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, lane));
  return answers;
}

async function peerBoard(databaseUrl, url) {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 });
  pool.on('error', () => undefined);
  const board = new BoardLog({ append: peerAppend(pool) });
  Array.from(board.opening(CARDS));
  const viewers = await openViewers({ url, count: VIEWERS });
  return {
    viewers,
    async move() {
      await board.append(board.moveNext());
      return board.revision;
    },
    async stop() {
      await viewers.stop();
      await pool.end();
    },
  };
}
