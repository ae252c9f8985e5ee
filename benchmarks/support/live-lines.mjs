import { once } from 'node:events';
import { Bus, createLogger, PostgresEventStore } from '@agencyos/runtime';
import { subjects } from '@agencyos/contracts';
import pg from 'pg';
import { WebSocket } from 'ws';
import { BoardLog, boardKey } from './board-log.mjs';
import { Journeys } from './journeys.mjs';

const CARDS = 50;

/** Tickets for WebSockets, each used once and soon. */
export async function ticketOf({ url, token }) {
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
  const response = await fetch(`${url}/api/v1/ticket`, { method: 'POST', headers, body: '{}' });
  if (!response.ok) throw new Error(`no ticket: ${response.status}`);
  return (await response.json()).ticket;
}

/**
 * Moves of cards from the append to both ends: EVENTS, where others react, and a WebSocket per board, where people
 * look on. The moves are appended here instead of by kanban, which would be the bottleneck; what follows is all real.
 */
export async function ourLine(system, lanes) {
  const { natsUrl, databaseUrl, nkeyFile } = system.servers;
  const store = new PostgresEventStore({ url: databaseUrl });
  const boards = Array.from({ length: lanes }, (_, lane) => new BoardLog(store, boardKey(lane)));
  for (const board of boards) await board.append(...board.opening(CARDS));
  const journeys = new Journeys(lanes, ['EVENTS', 'WebSocket']);
  const laneOf = new Map(boards.map(({ boardId }, lane) => [boardId, lane]));

  const config = { name: 'test', natsUrl, nkeyFile: nkeyFile('test') };
  const bus = await Bus.connect(config, createLogger({ ...config, instanceId: 'bench', logLevel: 'error' }));
  bus.subscribe(subjects.event('kanban', 'board', 'CardMoved', '*'), ({ subject }) => {
    journeys.arrive('EVENTS', laneOf.get(subject.slice(subject.lastIndexOf('.') + 1)));
  });

  const sockets = [];
  for (const [lane, { boardId, revision: first }] of boards.entries()) {
    sockets.push(await watchBoard(system, boardId, first, (revision) => journeys.arrive('WebSocket', lane, revision - first)));
  }
  return {
    journeys,
    send: (lane) => boards[lane].append(boards[lane].moveNext()),
    async stop() {
      for (const socket of sockets) socket.terminate();
      await bus.close();
      await store.close();
    },
  };
}

/** Shows a board that has come to `revision`, and calls back with every revision after it. */
async function watchBoard(system, boardId, revision, changed) {
  const socket = new WebSocket(`${system.url.replace('http', 'ws')}/api/v1/live`);
  const say = (event, data) => socket.send(JSON.stringify({ event, data }));
  await once(socket, 'open');
  say('hello', { ticket: await ticketOf(system) });
  await new Promise((resolve) => {
    socket.on('message', (bytes) => {
      const { event, data } = JSON.parse(bytes);
      if (event === 'welcome') return say('subscribe', { kind: 'board', id: boardId });
      if (event === 'error') return setTimeout(say, 50, 'subscribe', { kind: 'board', id: boardId });
      const board = event === 'snapshot' ? data.rows.board : data.ops.find(({ key }) => key === 'board')?.value;
      if (board?.revision === revision) resolve();
      else if (board?.revision > revision) changed(board.revision);
    });
  });
  return socket;
}

/** The same moves on the shortest way there is: one insert per event, NOTIFY, one WebSocket that gets everything. */
export async function peerLine(databaseUrl, url, lanes) {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 32 });
  pool.on('error', () => undefined);
  const boards = Array.from({ length: lanes }, (_, lane) => new BoardLog({ append: peerAppend(pool) }, boardKey(lane)));
  for (const board of boards) Array.from(board.opening(CARDS));
  const journeys = new Journeys(lanes, ['WebSocket']);
  const laneOf = new Map(boards.map(({ stream }, lane) => [stream, lane]));
  const socket = new WebSocket(url);
  await once(socket, 'open');
  socket.on('message', (bytes) => journeys.arrive('WebSocket', laneOf.get(JSON.parse(bytes).stream)));
  return {
    journeys,
    send: (lane) => boards[lane].append(boards[lane].moveNext()),
    async stop() {
      socket.terminate();
      await pool.end();
    },
  };
}

export function peerAppend(pool) {
  const text = `WITH event AS (INSERT INTO peer_event (stream, revision, type, data, metadata) VALUES ($1, $2, $3, $4, $5))
    SELECT pg_notify('peer', $6)`;
  return async ({ stream, expectedRevision, events: [{ type, data, metadata }] }) => {
    const event = { stream, revision: expectedRevision + 1, type, data, metadata };
    const values = [stream, event.revision, type, JSON.stringify(data), JSON.stringify(metadata), JSON.stringify(event)];
    await pool.query({ name: 'append', text, values });
    return { status: 'appended' };
  };
}
