import type { NewLink } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { GatewayConfig } from '../config.js';
import { GATEWAY_CONFIG } from '../tokens.js';
import { hashSecret, newSecret } from './secrets.js';

const DAYS = 7;

/** One-time links by which somebody who was added sets their first password; the secret lies here as a hash. */
@Injectable()
export class Invitations {
  constructor(
    private readonly database: DataSource,
    @Inject(GATEWAY_CONFIG) private readonly config: Pick<GatewayConfig, 'publicUrl'>,
  ) {}

  /** Their earlier link stops working. @throws Rejection for who has a password: nobody signs in as somebody else by a link */
  async invite(userId: string): Promise<NewLink> {
    const secret = newSecret();
    const [row] = await this.database.query<{ expiresAt: Date }[]>(
      `INSERT INTO invitation (user_id, hash, expires_at)
       SELECT user_id, $2, clock_timestamp() + make_interval(days => $3) FROM profile
       WHERE user_id = $1 AND NOT EXISTS (SELECT 1 FROM credential WHERE user_id = $1)
       ON CONFLICT (user_id) DO UPDATE SET hash = excluded.hash, expires_at = excluded.expires_at
       RETURNING expires_at AS "expiresAt"`,
      [userId, hashSecret(secret), DAYS],
    );
    if (row) return { url: `${this.config.publicUrl}/welcome#${secret}`, expiresAt: row.expiresAt.toISOString() };
    const detail = 'There is nobody of this id who has no password yet; `agencyos reset-password` sets a forgotten one.';
    throw new Rejection('not_found', { field: 'userId', detail });
  }

  /** Whose link it is, while it works. @throws Rejection */
  async ownerOf(secret: string): Promise<string> {
    const [row] = await this.database.query<{ userId: string }[]>(
      'SELECT user_id AS "userId" FROM invitation WHERE hash = $1 AND expires_at > clock_timestamp()',
      [hashSecret(secret)],
    );
    if (!row) throw linkOver();
    return row.userId;
  }

  /** Nobody comes in by it any more. */
  async withdraw(userId: string): Promise<void> {
    await withdrawInvitation(this.database, userId);
  }
}

export async function withdrawInvitation(database: DataSource, userId: string): Promise<void> {
  await database.query('DELETE FROM invitation WHERE user_id = $1', [userId]);
}

export const linkOver = (): Rejection =>
  new Rejection(
    'invalid_token',
    { detail: 'This link is not valid (any more): it works once, for a week. Ask who sent it for a new one.' },
    403,
  );
