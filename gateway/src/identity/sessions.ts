import { newId } from '@agencyos/contracts';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { hashSecret, newSecret } from './secrets.js';

export const SESSION_DAYS = 30;
export const COMMAND_LINE_MINUTES = 15;
/** Tells the short sign-in of a command line from a token. */
export const COMMAND_LINE_PREFIX = 'agencyos_login_';

export interface Session {
  sessionId: string;
  userId: string;
  createdAt: Date;
  expiresAt: Date;
  /** Of a command line: sent as a bearer token, never as a cookie. */
  commandLine: boolean;
}

/** Sessions: a random secret in a browser's cookie or a command line's header, its hash here. */
@Injectable()
export class Sessions {
  constructor(private readonly database: DataSource) {}

  /** @returns the secret for the cookie */
  async open(userId: string): Promise<string> {
    const secret = newSecret();
    await this.database.query(
      `INSERT INTO session (session_id, hash, user_id, expires_at)
       VALUES ($1, $2, $3, clock_timestamp() + make_interval(days => $4))`,
      [newId(), hashSecret(secret), userId, SESSION_DAYS],
    );
    await this.deleteEnded();
    return secret;
  }

  /** Rights of a person for their command line, good for 15 minutes. */
  async openForCommandLine(userId: string): Promise<{ token: string; expiresAt: Date }> {
    const token = newSecret(COMMAND_LINE_PREFIX);
    const [row] = await this.database.query<{ expiresAt: Date }[]>(
      `INSERT INTO session (session_id, hash, user_id, expires_at, command_line)
       VALUES ($1, $2, $3, clock_timestamp() + make_interval(mins => $4), true) RETURNING expires_at AS "expiresAt"`,
      [newId(), hashSecret(token), userId, COMMAND_LINE_MINUTES],
    );
    await this.deleteEnded();
    return { token, expiresAt: row!.expiresAt };
  }

  bySecret(secret: string): Promise<Session | undefined> {
    return this.find('hash', hashSecret(secret));
  }

  byId(sessionId: string): Promise<Session | undefined> {
    return this.find('session_id', sessionId);
  }

  async close(secret: string): Promise<void> {
    await this.database.query('DELETE FROM session WHERE hash = $1', [hashSecret(secret)]);
  }

  async closeById(sessionId: string): Promise<void> {
    await this.database.query('DELETE FROM session WHERE session_id = $1', [sessionId]);
  }

  /** Ends the sessions a user had at `before`; younger ones stay. */
  async closeAll(userId: string, before: Date): Promise<void> {
    await this.database.query('DELETE FROM session WHERE user_id = $1 AND created_at <= $2', [userId, before]);
  }

  private async deleteEnded(): Promise<void> {
    await this.database.query('DELETE FROM session WHERE expires_at < clock_timestamp()');
  }

  private async find(column: 'hash' | 'session_id', value: string | Buffer): Promise<Session | undefined> {
    const [found] = await this.database.query<Session[]>(
      `SELECT session_id AS "sessionId", user_id AS "userId", created_at AS "createdAt", expires_at AS "expiresAt",
              command_line AS "commandLine"
       FROM session WHERE ${column} = $1 AND expires_at > clock_timestamp()`,
      [value],
    );
    return found;
  }
}
