import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CliProblem, usageProblem } from '../cli-problem.js';
import type { Call, Command } from '../command.js';

/** It reads and writes the databases themselves, so it is a program beside the services. */
const program = fileURLToPath(new URL('../../../services/relay/dist/backup/main.js', import.meta.url));
const SHORTEST = 10;

export const backupCommand: Command = {
  usage: [
    'backup FILE',
    'backup FILE --recipient age1…',
    'backup FILE --passphrase-file PATH',
    'backup FOLDER --keep N',
    'backup FILE --new-key',
  ],
  summary: 'write everything to one sealed file, while AgencyOS runs or not',
  details: `The log, stored contents, accounts and keys, as they are at one moment. The file is sealed by a passphrase, which is
asked for, or to public keys: --new-key makes one, writes it to FILE and prints its age1…; keep that file elsewhere.
docs/backup.md says how it is done every few hours.

  --passphrase-file PATH   it is what that file holds
  --recipient KEY          age1…, as often as there are keys that shall open it
  --keep N                 a new one in that folder, with the time in its name; so many of those made so stay`,
  options: {
    'passphrase-file': { type: 'string' },
    recipient: { type: 'string', multiple: true },
    keep: { type: 'string' },
    'new-key': { type: 'boolean' },
  },
  words: 1,
  async run(call) {
    const [file] = call.words;
    if (file === undefined) throw usageProblem('Which file?', 'backup');
    if (call.flag('new-key')) return start(call, ['new-key', file]);
    const keep = call.text('keep');
    const make = ['make', file, ...(keep === undefined ? [] : ['--keep', keep])];
    const recipients = call.texts('recipient').flatMap((recipient) => ['--recipient', recipient]);
    if (recipients.length > 0) return start(call, [...make, ...recipients]);
    return start(call, make, await passphrase(call, 'twice'));
  },
};

export const restoreCommand: Command = {
  usage: ['restore FILE --data-dir DIR', 'restore FILE --check'],
  summary: 'make an installation from a backup, in a new folder or an empty database',
  details: `Everything is read and checked first, the views are made anew and compared with those of the backup, and the folder gets
its name last: what is refused or interrupted leaves nothing that could be started. With DATABASE_URL set the database
that it names has to be empty, too.

  --passphrase-file PATH   what opens it, instead of a question
  --identity PATH          file with the AGE-SECRET-KEY-… to which it was sealed
  --check                  only reads and checks it`,
  options: { 'passphrase-file': { type: 'string' }, identity: { type: 'string' }, check: { type: 'boolean' } },
  words: 1,
  async run(call) {
    const [file] = call.words;
    if (file === undefined) throw usageProblem('Which file?', 'restore');
    const args = [call.flag('check') ? 'check' : 'restore', file];
    const identity = call.text('identity');
    if (identity) return start(call, [...args, '--identity', identity]);
    return start(call, args, await passphrase(call, 'once'));
  },
};

interface Passphrase {
  args: string[];
  typed?: string;
}

/** From the file that was named, or from whoever sits there. */
async function passphrase({ text, terminal }: Call, asked: 'once' | 'twice'): Promise<Passphrase> {
  const file = text('passphrase-file');
  if (file) return { args: ['--passphrase-file', file] };
  if (!terminal.interactive)
    throw new CliProblem('A passphrase is asked for in a terminal: name --passphrase-file, or a key, elsewhere.');
  const typed = await terminal.askHidden('Passphrase of the backup: ');
  if (typed.length < SHORTEST) throw new CliProblem(`A passphrase has at least ${SHORTEST} characters. Nothing was done.`);
  if (asked === 'twice' && (await terminal.askHidden('Once more: ')) !== typed)
    throw new CliProblem('The two differ. Nothing was done.');
  return { args: ['--passphrase-file', '-'], typed };
}

/** Talks to no gateway: the services need not run. @returns exit code */
async function start({ text, printer }: Call, args: string[], { args: more, typed }: Passphrase = { args: [] }): Promise<number> {
  if (!existsSync(program)) throw new CliProblem('The services are not built yet: run `npm run build` first.');
  const dataDir = text('data-dir') ?? process.env['AGENCYOS_DATA_DIR'];
  const all = [program, ...args, ...more, ...(dataDir ? ['--data-dir', dataDir] : []), ...(printer.json ? ['--json'] : [])];
  const child = spawn(process.execPath, all, { stdio: [typed === undefined ? 'ignore' : 'pipe', 'inherit', 'inherit'] });
  child.stdin?.on('error', () => undefined); // it ended before; its exit code says so
  child.stdin?.end(typed);
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}
