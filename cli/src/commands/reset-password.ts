import { createHash, randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CliProblem } from '../cli-problem.js';
import type { Command } from '../command.js';

const SHORTEST = 10;

/** A new password for who forgot theirs, by whoever owns the data folder. */
export const resetPasswordCommand: Command = {
  usage: ['reset-password [NAME]'],
  summary: 'set a new password, on the machine itself',
  details: `For whoever forgot it: NAME is the login name, admin when nothing is said. It works where the data folder is, for the
account that owns it, while AgencyOS runs. All sessions of that person end.`,
  words: 1,
  async run(call) {
    const name = call.words[0] ?? 'admin';
    const client = call.client();
    if (!call.terminal.interactive)
      throw new CliProblem('A password is asked for in a terminal only, never read from elsewhere.');
    const password = await call.terminal.askHidden(`New password of ${name}: `);
    if (password.length < SHORTEST) throw new CliProblem(`A password has at least ${SHORTEST} characters. Nothing was changed.`);
    if ((await call.terminal.askHidden('Once more: ')) !== password) throw new CliProblem('The two differ. Nothing was changed.');
    const secret = randomBytes(32).toString('base64url');
    const file = join(client.target.dataDir, 'password-reset');
    rmSync(file, { force: true });
    writeFileSync(file, createHash('sha256').update(secret).digest('hex'), { mode: 0o600, flag: 'wx' });
    try {
      await client.as('').post('/api/v1/password-reset', { name, secret, password });
    } finally {
      rmSync(file, { force: true });
    }
    call.printer.line(`${name} has a new password; all sessions of theirs have ended.`);
    call.printer.data({ name });
    return 0;
  },
};
