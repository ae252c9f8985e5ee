import { newId, type SessionInfo } from '@agencyos/contracts';
import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
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

/** Where a session was opened: an address, and what the program there calls itself. */
export interface Origin {
  address: string;
  agent: string;
}

const AGENT_CHARACTERS = 300;
export const originOf = (request: Request): Origin => ({
  address: request.ip ?? '',
  agent: (request.get('user-agent') ?? '').slice(0, AGENT_CHARACTERS),
});

type Times = 'createdAt' | 'lastUsedAt' | 'expiresAt';

/** Sessions: a random secret in a browser's cookie or a command line's header, its hash here. */
@Injectable()
export class Sessions {
  constructor(private readonly database: DataSource) {}

  /** @returns the secret for the cookie */
  async open(userId: string, { address, agent }: Origin): Promise<string> {
    const secret = newSecret();
    await this.database.query(
      `INSERT INTO session (session_id, hash, user_id, expires_at, address, agent)
       VALUES ($1, $2, $3, clock_timestamp() + make_interval(days => $4), $5, $6)`,
      [newId(), hashSecret(secret), userId, SESSION_DAYS, address, agent],
    );
    await this.deleteEnded();
    return secret;
  }

  /** Rights of a person for their command line, good for 15 minutes. */
  async openForCommandLine(userId: string, { address, agent }: Origin): Promise<{ token: string; expiresAt: Date }> {
    const token = newSecret(COMMAND_LINE_PREFIX);
    const [row] = await this.database.query<{ expiresAt: Date }[]>(
      `INSERT INTO session (session_id, hash, user_id, expires_at, command_line, address, agent)
       VALUES ($1, $2, $3, clock_timestamp() + make_interval(mins => $4), true, $5, $6) RETURNING expires_at AS "expiresAt"`,
      [newId(), hashSecret(token), userId, COMMAND_LINE_MINUTES, address, agent],
    );
    await this.deleteEnded();
    return { token, expiresAt: row!.expiresAt };
  }

  /** Also says that it was used. */
  async bySecret(secret: string): Promise<Session | undefined> {
    const hash = hashSecret(secret);
    const session = await this.find('hash', hash);
    if (session)
      await this.database.query(
        `UPDATE session SET last_used_at = clock_timestamp()
         WHERE hash = $1 AND last_used_at < clock_timestamp() - interval '1 minute'`,
        [hash],
      );
    return session;
  }

  /** Those of a person that go on, the one used last first. */
  async of(userId: string): Promise<Omit<SessionInfo, 'current'>[]> {
    const rows = await this.database.query<(Omit<SessionInfo, 'current'> & Record<Times, Date>)[]>(
      `SELECT session_id AS "sessionId", command_line AS "commandLine", agent, address, created_at AS "createdAt",
              last_used_at AS "lastUsedAt", expires_at AS "expiresAt"
       FROM session WHERE user_id = $1 AND expires_at > clock_timestamp() ORDER BY last_used_at DESC LIMIT 500`,
      [userId],
    );
    return rows.map((row) => ({
      ...row,
      createdAt: row.createdAt.toISOString(),
      lastUsedAt: row.lastUsedAt.toISOString(),
      expiresAt: row.expiresAt.toISOString(),
    }));
  }

  /** Ends one of a person's sessions. @returns whether there was one */
  async closeOf(userId: string, sessionId: string): Promise<boolean> {
    const [, ended] = (await this.database.query('DELETE FROM session WHERE user_id = $1 AND session_id = $2', [
      userId,
      sessionId,
    ])) as [unknown, number];
    return ended === 1;
  }

  /** Ends all of a person's sessions but one. */
  async closeOthers(userId: string, sessionId: string): Promise<void> {
    await this.database.query('DELETE FROM session WHERE user_id = $1 AND session_id <> $2', [userId, sessionId]);
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

  /**
   * Ends the sessions a user had at `before`; younger ones stay, and those that a change of the password, which that command
   * has recorded, was to keep.
   */
  async closeAll(userId: string, before: Date, commandId: string): Promise<void> {
    await this.database.query(
      `DELETE FROM session WHERE user_id = $1 AND created_at <= $2 AND NOT EXISTS (
         SELECT 1 FROM credential WHERE user_id = $1 AND change_id = $3 AND session_id = ANY (kept_sessions))`,
      [userId, before, commandId],
    );
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
