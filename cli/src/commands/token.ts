import { PERMISSIONS, type Permission, type TokenList } from '@agencyos/contracts';
import { usageProblem } from '../cli-problem.js';
import type { Call, Command } from '../command.js';
import type { GatewayClient } from '../gateway-client.js';
import { askPassword, asPerson, passwordChecked, personOptions } from '../person.js';
import { printable, table } from '../printer.js';

const DAY_MS = 86_400_000;

/** Makes a person's own expiring token for a script. */
export const tokenCommand: Command = {
  usage: ['token LABEL --may PERMISSION… [--days N] [--name NAME]', 'token list', 'token revoke TOKEN'],
  summary: 'make an expiring token of yours for a script, e.g. one that votes; list and revoke them',
  details: `Asks for your password, prints the token once, and never again. Give it to the script in AGENCYOS_TOKEN, with
the address in AGENCYOS_URL.

  --may PERMISSION   what it may do, at most what you may; more than once
                     (${PERMISSIONS.slice(0, 8).join(', ')},
                     ${PERMISSIONS.slice(8).join(', ')})
  --days N           how long it is good for, 1 to 90; else 30

  agencyos token release-bot --may approval:read --may approval:vote --days 7`,
  options: {
    may: { type: 'string', multiple: true },
    days: { type: 'string' },
    ...personOptions,
  },
  words: 2,
  async run(call) {
    const [label, tokenId] = call.words;
    if (label === 'list' && tokenId === undefined) return asPerson(call, (client) => list(call, client));
    if (label === 'revoke') return revoke(call, tokenId);
    if (tokenId !== undefined) throw usageProblem(`"${tokenId}" is one word too many.`, 'token');
    if (label === undefined) throw usageProblem('Which label shall the token have?', 'token');
    const permissions = call.texts('may');
    if (permissions.length === 0) throw usageProblem('What may it do? Say it with --may.', 'token');
    const unknown = permissions.find((one) => !PERMISSIONS.includes(one as Permission));
    if (unknown) throw usageProblem(`There is no permission "${unknown}".`, 'token');
    const days = Number(call.text('days') ?? '30');
    if (!Number.isInteger(days) || days < 1 || days > 90) throw usageProblem('--days wants a number from 1 to 90.', 'token');
    const session = await passwordChecked(call.client().session(await askPassword(call)));
    try {
      // A minute less, for clocks differ.
      const expiresAt = new Date(Date.now() + days * DAY_MS - 60_000).toISOString();
      const data = { label, permissions, expiresAt };
      const made = await session.post<{ tokenId: string; token: string }>('/api/v1/tokens', data);
      call.printer.line(made.token);
      call.printer.data({ ...made, expiresAt });
      return 0;
    } finally {
      await session.post('/api/v1/logout', {}).catch(() => undefined);
    }
  },
};

async function list({ printer }: Call, client: GatewayClient): Promise<number> {
  const { tokens } = await client.get<TokenList>('/api/v1/tokens');
  printer.data({ tokens });
  const rows = tokens.map(({ tokenId, label, permissions, expiresAt, lastUsedAt }) => [
    ...[tokenId, printable(label), expiresAt ?? 'never', lastUsedAt ?? 'never', permissions.join(' ')],
  ]);
  for (const line of table(['TOKEN', 'LABEL', 'ENDS', 'USED', 'MAY'], rows)) printer.line(line);
  return 0;
}

async function revoke(call: Call, tokenId: string | undefined): Promise<number> {
  if (tokenId === undefined) throw usageProblem('Which token? `agencyos token list` shows them.', 'token');
  return asPerson(call, async (client) => {
    await client.request(`/api/v1/tokens/${encodeURIComponent(tokenId)}`, { method: 'DELETE' });
    call.printer.data({ tokenId });
    call.printer.line('It opens nothing any more.');
    return 0;
  });
}
