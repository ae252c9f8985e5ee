import { once } from 'node:events';
import { Client, Gateway } from '@agencyos/client';
import { subjects } from '@agencyos/contracts';
import { Bus, createLogger, PostgresEventStore } from '@agencyos/runtime';
import pg from 'pg';
import { WebSocket } from 'ws';
import { BoardLog, boardKey } from './board-log.mjs';
import { Journeys } from './journeys.mjs';

const CARDS = 50;

/** Tickets for WebSockets, each used once and soon. */
export const ticketOf = ({ url, token }) => new Gateway({ url, token }).ticket();

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

  const clients = [];
  for (const [lane, { boardId, revision: first }] of boards.entries()) {
    clients.push(await watchBoard(system, boardId, first, (revision) => journeys.arrive('WebSocket', lane, revision - first)));
  }
  return {
    journeys,
    send: (lane) => boards[lane].append(boards[lane].moveNext()),
    async stop() {
      for (const client of clients) client.close();
      await bus.close();
      await store.close();
    },
  };
}

/** Shows a board that has come to `revision`, and calls back with every revision after it. */
async function watchBoard({ url, token }, boardId, revision, changed) {
  const client = new Client({ url, token, WebSocket }); // the yardstick's kind of socket, too
  const board = client.watch('board', boardId);
  await board.until((view) => view.row('board')?.revision === revision);
  board.onChange((view) => changed(view.row('board').revision));
  return client;
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
