import 'reflect-metadata';
import { Body, Controller, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { randomUUID } from 'node:crypto';
import pg from 'pg';

// Decorators by hand: this file is plain JavaScript.
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 16 });
await pool.query(`
  CREATE TABLE IF NOT EXISTS peer_event (id uuid PRIMARY KEY, stream uuid NOT NULL, data jsonb NOT NULL, metadata jsonb NOT NULL);
  CREATE TABLE IF NOT EXISTS peer_answer (command_id uuid PRIMARY KEY, stream uuid NOT NULL)`);

class Cards {
  async add(body) {
    const id = randomUUID();
    await pool.query(
      `WITH event AS (INSERT INTO peer_event (id, stream, data, metadata) VALUES ($1, $2, $3, $4))
       INSERT INTO peer_answer (command_id, stream) VALUES ($1, $2)`,
      [
        id,
        body.boardId,
        JSON.stringify(body.card),
        JSON.stringify({ commandId: id, actor: 'user', recordedAt: new Date().toISOString() }),
      ],
    );
    return { id, stream: body.boardId };
  }
}
Body()(Cards.prototype, 'add', 0);
Post('cards')(Cards.prototype, 'add', Object.getOwnPropertyDescriptor(Cards.prototype, 'add'));
Controller()(Cards);
class Peer {}
Module({ controllers: [Cards] })(Peer);

const app = await NestFactory.create(Peer, { logger: false });
await app.listen(0, '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
process.send({ url: await app.getUrl() });
