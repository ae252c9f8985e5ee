import { newId, type CommandMessage, type Permission } from '@agencyos/contracts';
import { isRejection } from '@agencyos/decider';
import { Commands } from '@agencyos/runtime';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { hashSecret, newSecret } from './secrets.js';

export interface NewToken {
  principal: string;
  permissions: readonly Permission[];
  label: string;
  expiresAt?: string;
}

export interface TokenRow {
  label: string;
  /** Unknown of tokens made before this was noted. */
  createdAt: Date | null;
  lastUsedAt: Date | null;
}

/** Bearer tokens: the row with the secret's hash first, then the event; a row without its event grants nothing. */
@Injectable()
export class Tokens {
  constructor(
    private readonly database: DataSource,
    private readonly commands: Commands,
  ) {}

  /** @throws Rejection, e.g. `exceeds_issuer` */
  async issue({ label, ...data }: NewToken, metadata: CommandMessage['metadata']): Promise<{ tokenId: string; token: string }> {
    const tokenId = newId();
    const token = newSecret('agencyos_');
    await this.insert(tokenId, token, label);
    try {
      await this.commands.execute('IssueToken', { tokenId, ...data }, { metadata });
    } catch (error) {
      await forgetToken(this.database, tokenId);
      throw error;
    }
    return { tokenId, token };
  }

  /** Lets in a token that somebody else has made; after a start that was cut short it is done again. */
  async admit(token: string, { label, ...data }: NewToken, metadata: CommandMessage['metadata']): Promise<void> {
    const known = await this.idOf(token);
    const tokenId = known ?? newId();
    if (!known) await this.insert(tokenId, token, label);
    try {
      await this.commands.execute('IssueToken', { tokenId, ...data }, { metadata });
    } catch (error) {
      if (!isRejection(error) || error.code !== 'already_exists') throw error;
    }
  }

  /** Also one whose event was never recorded, as whoever issued it was killed: its row goes. */
  async revoke(tokenId: string, metadata: CommandMessage['metadata']): Promise<void> {
    try {
      await this.commands.execute('RevokeToken', { tokenId }, { metadata });
    } catch (error) {
      if (!isRejection(error) || error.code !== 'not_found') throw error;
      await forgetToken(this.database, tokenId);
    }
  }

  /** Ids of the tokens with this label. */
  async labelled(label: string): Promise<string[]> {
    const rows = await this.database.query<{ id: string }[]>('SELECT token_id AS id FROM token_secret WHERE label = $1', [label]);
    return rows.map(({ id }) => id);
  }

  /** A file that was copied or restored to another place belongs there from now on. */
  async relabel(tokenId: string, label: string): Promise<void> {
    await this.database.query('UPDATE token_secret SET label = $2 WHERE token_id = $1', [tokenId, label]);
  }

  /** Also says that it was used. */
  async used(token: string): Promise<string | undefined> {
    const tokenId = await this.idOf(token);
    if (tokenId)
      await this.database.query(
        `UPDATE token_secret SET last_used_at = clock_timestamp()
         WHERE token_id = $1 AND (last_used_at IS NULL OR last_used_at < clock_timestamp() - interval '1 minute')`,
        [tokenId],
      );
    return tokenId;
  }

  /** What the rows tell of tokens. */
  async rowsOf(tokenIds: readonly string[]): Promise<Map<string, TokenRow>> {
    const rows = await this.database.query<(TokenRow & { tokenId: string })[]>(
      `SELECT token_id AS "tokenId", label, created_at AS "createdAt", last_used_at AS "lastUsedAt"
       FROM token_secret WHERE token_id = ANY ($1)`,
      [tokenIds],
    );
    return new Map(rows.map((row) => [row.tokenId, row]));
  }

  async idOf(token: string): Promise<string | undefined> {
    const [row] = await this.database.query<{ id: string }[]>('SELECT token_id AS id FROM token_secret WHERE hash = $1', [
      hashSecret(token),
    ]);
    return row?.id;
  }

  private async insert(tokenId: string, token: string, label: string): Promise<void> {
    const row = [tokenId, hashSecret(token), label];
    await this.database.query('INSERT INTO token_secret (token_id, hash, label) VALUES ($1, $2, $3)', row);
  }
}

export async function forgetToken(database: DataSource, tokenId: string): Promise<void> {
  await database.query('DELETE FROM token_secret WHERE token_id = $1', [tokenId]);
}
