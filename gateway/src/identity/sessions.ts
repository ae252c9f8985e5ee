import { newId } from '@agencyos/contracts';
import { Injectable } from '@nestjs/common';
import { DataSource, LessThanOrEqual } from 'typeorm';
import { Session } from './entities.js';
import { hashSecret, newSecret } from './secrets.js';

export const SESSION_DAYS = 30;

/** Sessions of browsers: a random secret in a cookie, its hash here. */
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
    await this.database.query('DELETE FROM session WHERE expires_at < clock_timestamp()');
    return secret;
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

  /** Ends the sessions a user had at `before`; younger ones stay. */
  async closeAll(userId: string, before: Date): Promise<void> {
    await this.database.getRepository(Session).delete({ userId, createdAt: LessThanOrEqual(before) });
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
