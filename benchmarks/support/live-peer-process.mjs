import pg from 'pg';
import { WebSocketServer } from 'ws';

/**
 * The shortest way from a row to a browser: NOTIFY with the row itself, and everyone gets everything. Nothing is kept
 * for who was away, nothing is projected, nobody is asked who they are.
 */
const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
await client.query(`
  CREATE TABLE peer_event (position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, stream text NOT NULL,
    revision int NOT NULL, type text NOT NULL, data jsonb NOT NULL, metadata jsonb NOT NULL, UNIQUE (stream, revision));
  LISTEN peer`);

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false }, () => {
  process.send({ url: `ws://127.0.0.1:${server.address().port}` });
});
client.on('notification', ({ payload }) => {
  for (const socket of server.clients) socket.send(payload);
});
process.on('SIGTERM', () => process.exit(0));
