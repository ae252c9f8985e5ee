import { newId } from '@agencyos/contracts';
import { Injectable } from '@nestjs/common';
import { DataSource, LessThanOrEqual } from 'typeorm';
import { Session } from './entities.js';
import { hashSecret, newSecret } from './secrets.js';

export const SESSION_DAYS = 30;
export const COMMAND_LINE_MINUTES = 15;
/** Tells the short sign-in of a command line from a token. */
export const COMMAND_LINE_PREFIX = 'agencyos_login_';

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
    return this.find('hash = $1', hashSecret(secret));
  }

  byId(sessionId: string): Promise<Session | undefined> {
    return this.find('session_id = $1', sessionId);
  }

  async close(secret: string): Promise<void> {
    await this.database.getRepository(Session).delete({ hash: hashSecret(secret) });
  }

  async closeById(sessionId: string): Promise<void> {
    await this.database.getRepository(Session).delete({ sessionId });
  }

  /** Ends the sessions a user had at `before`; younger ones stay. */
  async closeAll(userId: string, before: Date): Promise<void> {
    await this.database.getRepository(Session).delete({ userId, createdAt: LessThanOrEqual(before) });
  }

  private async deleteEnded(): Promise<void> {
    await this.database.query('DELETE FROM session WHERE expires_at < clock_timestamp()');
  }

  private async find(condition: string, value: unknown): Promise<Session | undefined> {
    const found = await this.database
      .getRepository(Session)
      .createQueryBuilder('session')
      .where(condition.replace('$1', ':value'), { value })
      .andWhere('expires_at > clock_timestamp()')
      .getOne();
    return found ?? undefined;
  }
}
