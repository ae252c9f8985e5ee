import { newId } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';
import { Commands } from '@agencyos/runtime';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { linkOver } from './invitations.js';
import { hashPassword, hashSecret, newSecret, passwordMatches } from './secrets.js';

/** For signing in; the first admin's name is `admin`. */
export interface Profile {
  userId: string;
  name: string;
}

/** The id is that of the command that records the change. */
const INSERT_CREDENTIAL = 'INSERT INTO credential (user_id, password_hash, change_id) VALUES ($1, $2, $3)';
const PROFILES = 'SELECT user_id AS "userId", name FROM profile';

/** Names and password verifiers: the erasable side of users. */
@Injectable()
export class Accounts {
  constructor(
    private readonly database: DataSource,
    private readonly commands: Commands,
  ) {}

  /** The name's owner if the password is right. Takes as long when the name is unknown. */
  async verify(name: string, password: string): Promise<Profile | undefined> {
    const profile = await this.named(name.trim().toLowerCase());
    const matches = await passwordMatches(password, profile && (await this.passwordOf(profile.userId)));
    return matches ? profile : undefined;
  }

  async nameOf(userId: string): Promise<string | undefined> {
    const [profile] = await this.database.query<Profile[]>(`${PROFILES} WHERE user_id = $1`, [userId]);
    return profile?.name;
  }

  /** Of everybody, by name. */
  names(): Promise<Profile[]> {
    return this.database.query<Profile[]>(`${PROFILES} ORDER BY name`);
  }

  async hasPassword(userId: string): Promise<boolean> {
    return (await this.passwordOf(userId)) !== undefined;
  }

  /** Makes the profile if it is not there. */
  async ensureProfile(userId: string, name: string): Promise<void> {
    await this.database.query('INSERT INTO profile (user_id, name) VALUES ($1, $2) ON CONFLICT (user_id) DO NOTHING', [
      userId,
      name,
    ]);
  }

  /** Without a password they sign in once they have set one by their link. @throws Rejection when the name is taken. */
  async create(userId: string, name: string, password: string | undefined): Promise<void> {
    const passwordHash = password && (await hashPassword(password));
    await this.database.transaction(async (manager) => {
      // Who comes second waits here for who came first.
      const [made] = await manager.query<unknown[]>(
        'INSERT INTO profile (user_id, name) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING user_id',
        [userId, name],
      );
      if (!made) throw await this.taken(name);
      if (passwordHash) await manager.query(INSERT_CREDENTIAL, [userId, passwordHash, newId()]);
    });
  }

  /** Uses a link up and sets its person's first password. @throws Rejection when it does not work (any more) */
  async welcome(secret: string, password: string): Promise<string> {
    const passwordHash = await hashPassword(password);
    const changeId = newId();
    const userId = await this.database.transaction(async (manager) => {
      const [used] = (await manager.query(
        'DELETE FROM invitation WHERE hash = $1 AND expires_at > clock_timestamp() RETURNING user_id AS "userId"',
        [hashSecret(secret)],
      )) as [{ userId: string }[], number];
      if (!used[0]) throw linkOver();
      await manager.query(INSERT_CREDENTIAL, [used[0].userId, passwordHash, changeId]);
      return used[0].userId;
    });
    await this.recordChange(userId, changeId);
    return userId;
  }

  /** Sets one's own password anew; of the sessions until now, only `kept` go on. */
  async changePassword(userId: string, password: string, kept: readonly string[]): Promise<void> {
    const passwordHash = await hashPassword(password);
    const changeId = newId();
    await this.database.query('UPDATE credential SET password_hash = $2, change_id = $3, kept_sessions = $4 WHERE user_id = $1', [
      userId,
      passwordHash,
      changeId,
      kept,
    ]);
    await this.recordChange(userId, changeId);
  }

  /** The name and password of a user who was never added. */
  async erase(userId: string): Promise<void> {
    await this.database.query('DELETE FROM profile WHERE user_id = $1', [userId]);
  }

  /** A new one-time link of a data folder; its earlier one stops working. @returns its secret */
  async newSetupLink(place: string): Promise<string> {
    const secret = newSecret();
    await this.database.query(
      'INSERT INTO setup_link (place, hash) VALUES ($1, $2) ON CONFLICT (place) DO UPDATE SET hash = excluded.hash',
      [place, hashSecret(secret)],
    );
    return secret;
  }

  /** Uses up the set-up links, whichever of them it is, and sets the first password. @throws Rejection when there is no such link (any more) */
  async setUp(secret: string, userId: string, password: string): Promise<void> {
    if (await this.hasPassword(userId))
      throw new Rejection('setup_closed', {
        detail: 'The password is set already. Log in with it; `agencyos reset-password` on the machine sets a new one.',
      });
    const passwordHash = await hashPassword(password);
    const changeId = newId();
    await this.database.transaction(async (manager) => {
      // All at once: who comes second with another one waits here, and finds none.
      const [used] = (await manager.query('DELETE FROM setup_link RETURNING hash')) as [{ hash: Buffer }[], number];
      if (!used.some(({ hash }) => hash.equals(hashSecret(secret))))
        throw new Rejection(
          'invalid_token',
          {
            detail: 'This link is not valid (any more): the file setup-url in the data folder holds the present one.',
          },
          403,
        );
      await manager.query(INSERT_CREDENTIAL, [userId, passwordHash, changeId]);
    });
    await this.recordChange(userId, changeId);
  }

  /** Sets a password anew and ends the person's sessions. @throws Rejection when there is nobody of that name */
  async resetPassword(name: string, password: string): Promise<void> {
    const profile = await this.named(name);
    if (!profile) throw new Rejection('not_found', { field: 'name', detail: `There is nobody called ${name}.` });
    const { userId } = profile;
    const passwordHash = await hashPassword(password);
    const changeId = newId();
    await this.database.transaction(async (manager) => {
      await manager.query(
        `${INSERT_CREDENTIAL}
         ON CONFLICT (user_id) DO UPDATE
           SET password_hash = excluded.password_hash, change_id = excluded.change_id, kept_sessions = '{}'`,
        [userId, passwordHash, changeId],
      );
      await manager.query('DELETE FROM session WHERE user_id = $1', [userId]);
      await manager.query('DELETE FROM invitation WHERE user_id = $1', [userId]);
      await manager.query('DELETE FROM setup_link');
    });
    await this.recordChange(userId, changeId);
  }

  private async taken(name: string): Promise<Rejection> {
    const isName = (await this.named(name)) !== undefined;
    const detail = isName ? 'This name is taken.' : 'There is somebody with this id.';
    return new Rejection('already_exists', { field: isName ? 'name' : 'userId', detail });
  }

  private async named(name: string): Promise<Profile | undefined> {
    const [profile] = await this.database.query<Profile[]>(`${PROFILES} WHERE name = $1`, [name]);
    return profile;
  }

  /** argon2id in PHC string form. */
  private async passwordOf(userId: string): Promise<string | undefined> {
    const [row] = await this.database.query<{ hash: string }[]>(
      'SELECT password_hash AS hash FROM credential WHERE user_id = $1',
      [userId],
    );
    return row?.hash;
  }

  private async recordChange(userId: string, changeId: string): Promise<void> {
    await this.commands.execute(
      'RecordCredentialChange',
      { userId, kind: 'password' },
      { id: changeId, metadata: { onBehalfOf: `user:${userId}` } },
    );
  }
}
