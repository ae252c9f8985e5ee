import { randomInt } from 'node:crypto';
import type { NewDevice, WaitingDevice } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { hashSecret, newSecret } from './secrets.js';

const MINUTES = 10;
/** From one address, so that a stranger at one keeps nobody at another from signing in; and of all. */
const MOST_FROM_ONE = 20;
const MOST_WAITING = 2_000;
/** Consonants: no code spells a word, and none is misheard. */
const LETTERS = 'BCDFGHJKLMNPQRSTVWXZ';

interface Row {
  code: string;
  from: string;
  askedAt: Date;
  expiresAt: Date;
}

/** Sign-ins that a command line has asked for, each waiting for a signed-in person to confirm its code. */
@Injectable()
export class DeviceLogins {
  constructor(private readonly database: DataSource) {}

  /** @throws Rejection when too many of its address wait already */
  async ask(from: string): Promise<NewDevice> {
    await this.database.query('DELETE FROM device_login WHERE expires_at <= clock_timestamp()');
    const secret = newSecret();
    const [row] = await this.database.query<Row[]>(
      `INSERT INTO device_login (hash, code, asked_from, expires_at)
       SELECT $1::bytea, $2, $3, clock_timestamp() + make_interval(mins => $4)
       WHERE (SELECT count(*) FROM device_login WHERE asked_from = $3) < $5
         AND (SELECT count(*) FROM device_login) < $6
       RETURNING code, expires_at AS "expiresAt"`,
      [hashSecret(secret), newCode(), from, MINUTES, MOST_FROM_ONE, MOST_WAITING],
    );
    if (!row) {
      const detail = 'Too many sign-ins wait for their confirmation. Try again in a few minutes.';
      throw new Rejection('too_many_attempts', { detail, retryAfterMs: 60_000 }, 429);
    }
    return { code: row.code, secret, expiresAt: row.expiresAt.toISOString() };
  }

  async waiting(code: string): Promise<WaitingDevice> {
    const [row] = await this.database.query<Row[]>(
      `SELECT code, asked_from AS "from", asked_at AS "askedAt", expires_at AS "expiresAt" FROM device_login
       WHERE code = $1 AND user_id IS NULL AND NOT denied AND expires_at > clock_timestamp()`,
      [code],
    );
    if (!row) throw unknownCode();
    return { ...row, askedAt: row.askedAt.toISOString(), expiresAt: row.expiresAt.toISOString() };
  }

  /** Binds the code to the person, or denies it; once. */
  async answer(code: string, userId: string, confirm: boolean): Promise<void> {
    const [, answered] = (await this.database.query(
      `UPDATE device_login SET user_id = CASE WHEN $3 THEN $2::uuid END, denied = NOT $3
       WHERE code = $1 AND user_id IS NULL AND NOT denied AND expires_at > clock_timestamp()`,
      [code, userId, confirm],
    )) as [unknown, number];
    if (answered !== 1) throw unknownCode();
  }

  /**
   * Uses a confirmed sign-in up.
   * @returns who confirmed it; undefined while nobody has
   * @throws Rejection when it was denied, used or is too old
   */
  async take(secret: string): Promise<string | undefined> {
    const hash = hashSecret(secret);
    const [row] = await this.database.query<{ userId: string | null; denied: boolean }[]>(
      `SELECT user_id AS "userId", denied FROM device_login WHERE hash = $1 AND expires_at > clock_timestamp()`,
      [hash],
    );
    if (!row) throw unknownCode();
    if (row.denied) throw new Rejection('forbidden', { detail: 'The sign-in was denied in the dashboard.' });
    if (!row.userId) return undefined;
    const [, used] = (await this.database.query('DELETE FROM device_login WHERE hash = $1', [hash])) as [unknown, number];
    if (used !== 1) throw unknownCode();
    return row.userId;
  }
}

const unknownCode = () => new Rejection('not_found', { detail: 'This code is not valid (any more). Ask for a new one.' });

function newCode(): string {
  const letters = Array.from({ length: 8 }, () => LETTERS[randomInt(LETTERS.length)]);
  return `${letters.slice(0, 4).join('')}-${letters.slice(4).join('')}`;
}
