import type { DirectoryToken, TokenInfo } from '@agencyos/contracts';
import { Injectable } from '@nestjs/common';
import { DirectoryReader } from './directory-reader.js';
import { type TokenRow, Tokens } from './tokens.js';

/** Tokens as people see them: rights from the facts, name and use from the rows. */
@Injectable()
export class TokenLists {
  constructor(
    private readonly tokens: Tokens,
    private readonly directory: DirectoryReader,
  ) {}

  async of(principal: string): Promise<TokenInfo[]> {
    return (await this.byPrincipal((one) => one.principal === principal)).get(principal) ?? [];
  }

  async byPrincipal(wanted: (token: DirectoryToken) => boolean = () => true): Promise<Map<string, TokenInfo[]>> {
    const known = (await this.directory.tokens()).filter(wanted);
    const rows = await this.tokens.rowsOf(known.map(({ tokenId }) => tokenId));
    const lists = new Map<string, TokenInfo[]>();
    for (const token of known) {
      const row = rows.get(token.tokenId);
      if (row) lists.set(token.principal, [...(lists.get(token.principal) ?? []), infoOf(token, row)]);
    }
    return lists;
  }
}

const infoOf = ({ tokenId, permissions, expiresAt }: DirectoryToken, { label, createdAt, lastUsedAt }: TokenRow): TokenInfo => ({
  tokenId,
  label,
  permissions,
  ...(createdAt && { createdAt: createdAt.toISOString() }),
  ...(expiresAt && { expiresAt }),
  ...(lastUsedAt && { lastUsedAt: lastUsedAt.toISOString() }),
});
