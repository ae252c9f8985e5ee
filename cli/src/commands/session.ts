import type { SessionList } from '@agencyos/contracts';
import { CliProblem, usageProblem } from '../cli-problem.js';
import type { Call, Command } from '../command.js';
import type { GatewayClient } from '../gateway-client.js';
import { asPerson, personOptions } from '../person.js';
import { printable, table } from '../printer.js';

/** Where one is signed in. */
export const sessionCommand: Command = {
  usage: ['session list', 'session end SESSION', 'session end --others'],
  summary: 'see where you are signed in, and sign out there',
  details: '  --others   all but the one that this command uses',
  options: { ...personOptions, others: { type: 'boolean' } },
  words: 2,
  async run(call) {
    const [verb, sessionId] = call.words;
    if (verb === 'list') return asPerson(call, (client) => list(call, client));
    if (verb !== 'end' || (sessionId === undefined) === !call.flag('others'))
      throw usageProblem('`session list`, `session end SESSION` or `session end --others`?', 'session');
    return asPerson(call, async (client) => {
      const path = sessionId === undefined ? '/api/v1/sessions' : `/api/v1/sessions/${encodeURIComponent(sessionId)}`;
      await client.request(path, { method: 'DELETE' });
      call.printer.data({ ended: sessionId ?? 'others' });
      call.printer.line('Ended.');
      return 0;
    });
  },
};

/** One's own password. */
export const passwordCommand: Command = {
  usage: ['password [--end-others]'],
  summary: 'set a new password of yours',
  details: `Asks for the present one first. Who has forgotten it: \`agencyos reset-password\`.

  --end-others   sign out everywhere else`,
  options: { ...personOptions, 'end-others': { type: 'boolean' } },
  words: 0,
  run: (call) =>
    asPerson(call, async (client) => {
      if (!call.terminal.interactive)
        throw new CliProblem('A password is asked for in a terminal only, never read from elsewhere.');
      const present = await call.terminal.askHidden('Present password: ');
      const password = await call.terminal.askHidden('New password, at least 10 characters: ');
      if (password !== (await call.terminal.askHidden('Once more: '))) throw new CliProblem('The two differ: nothing was done.');
      await client.post('/api/v1/password', { present, password, endOthers: call.flag('end-others') });
      call.printer.data({});
      call.printer.line('The new password holds from now on.');
      return 0;
    }),
};

async function list({ printer }: Call, client: GatewayClient): Promise<number> {
  const { sessions } = await client.get<SessionList>('/api/v1/sessions');
  printer.data({ sessions });
  const rows = sessions.map(({ sessionId, current, commandLine, agent, address, lastUsedAt }) => [
    ...[sessionId, current ? 'this one' : '', commandLine ? 'command line' : printable(agent), address, lastUsedAt],
  ]);
  for (const line of table(['SESSION', '', 'WITH', 'FROM', 'USED'], rows)) printer.line(line);
  return 0;
}
