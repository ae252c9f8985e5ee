import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Caller } from './caller.js';
import { hashSecret, newSecret } from './secrets.js';

/** Tickets open one WebSocket each within 30 s, so that no session or token ever stands in a URL. */
@Injectable()
export class Tickets {
  constructor(private readonly database: DataSource) {}

  async issue({ sessionId, tokenId }: Caller): Promise<string> {
    const ticket = newSecret();
    await this.database.query('DELETE FROM ticket WHERE expires_at < clock_timestamp()');
    await this.database.query('INSERT INTO ticket (hash, session_id, token_id) VALUES ($1, $2, $3)', [
      hashSecret(ticket),
      sessionId ?? null,
      tokenId ?? null,
    ]);
    return ticket;
  }

  /** Uses the ticket up. Undefined: unknown, used or too old. */
  async redeem(ticket: string): Promise<{ sessionId?: string; tokenId?: string } | undefined> {
    const [rows] = (await this.database.query(
      `DELETE FROM ticket WHERE hash = $1
       RETURNING session_id AS "sessionId", token_id AS "tokenId", expires_at > clock_timestamp() AS valid`,
      [hashSecret(ticket)],
    )) as [{ sessionId?: string; tokenId?: string; valid: boolean }[], number];
    const found = rows[0];
    return found?.valid ? found : undefined;
  }
}
