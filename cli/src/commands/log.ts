import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CliProblem, usageProblem } from '../cli-problem.js';
import type { Command } from '../command.js';

/** It reads and writes the databases themselves, so it is a program beside the services. */
const program = fileURLToPath(new URL('../../../services/relay/dist/log-transfer/main.js', import.meta.url));

export const logCommand: Command = {
  usage: ['log export FILE', 'log import FILE'],
  summary: 'write the whole log to a file, or read one into an empty installation',
  details: `The log is every fact ever recorded: a backup, and the way to another kind of database. export continues a file
that is there already, and refuses a folder that holds no installation's database. import wants an empty log and stopped services; DATABASE_URL and KURRENTDB_URL say where it
goes when it is not the data folder's own database.`,
  words: 2,
  async run({ words: [verb, file], text }) {
    if (verb !== 'export' && verb !== 'import') throw usageProblem('`log export FILE`, or `log import FILE`?', 'log');
    if (file === undefined) throw usageProblem('Which file?', 'log');
    return log(verb, file, text('data-dir') ?? process.env['AGENCYOS_DATA_DIR']);
  },
};

/**
 * Exports the log to a file, or imports one. Talks to no gateway: the services need not run.
 * @returns exit code
 */
async function log(verb: string, file: string, dataDir: string | undefined): Promise<number> {
  if (!existsSync(program)) throw new CliProblem('The services are not built yet: run `npm run build` first.');
  const args = [program, verb, file, ...(dataDir ? ['--data-dir', dataDir] : [])];
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}
