import { newId, type CommandMessage, type Permission } from '@agencyos/contracts';
import { Commands } from '@agencyos/runtime';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { TokenSecret } from './entities.js';
import { hashSecret, newSecret } from './secrets.js';

export interface NewToken {
  principal: string;
  permissions: readonly Permission[];
  label: string;
  expiresAt?: string;
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
    const rows = this.database.getRepository(TokenSecret);
    await rows.insert({ tokenId, hash: hashSecret(token), label });
    try {
      await this.commands.execute('IssueToken', { tokenId, ...data }, { metadata });
    } catch (error) {
      await rows.delete({ tokenId });
      throw error;
    }
    return { tokenId, token };
  }

  /** Ids of the tokens with this label. */
  async labelled(label: string): Promise<string[]> {
    return (await this.database.getRepository(TokenSecret).findBy({ label })).map(({ tokenId }) => tokenId);
  }

  /** A file that was copied or restored to another place belongs there from now on. */
  async relabel(tokenId: string, label: string): Promise<void> {
    await this.database.getRepository(TokenSecret).update({ tokenId }, { label });
  }

  async idOf(token: string): Promise<string | undefined> {
    return (await this.database.getRepository(TokenSecret).findOneBy({ hash: hashSecret(token) }))?.tokenId;
  }
}

export async function forgetToken(database: DataSource, tokenId: string): Promise<void> {
  await database.getRepository(TokenSecret).delete({ tokenId });
}
