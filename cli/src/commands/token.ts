import { PERMISSIONS, type Permission } from '@agencyos/contracts';
import { usageProblem } from '../cli-problem.js';
import type { Command } from '../command.js';
import { askPassword, passwordChecked } from '../person.js';

const DAY_MS = 86_400_000;

/** Makes a person's own expiring token for a script. */
export const tokenCommand: Command = {
  usage: ['token LABEL --may PERMISSION… [--days N] [--name NAME]'],
  summary: 'make an expiring token of yours for a script, e.g. one that votes',
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
    name: { type: 'string' },
  },
  words: 1,
  async run(call) {
    const [label] = call.words;
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
