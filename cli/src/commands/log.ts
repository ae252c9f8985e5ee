import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CliProblem } from '../cli-problem.js';

/** It reads and writes the databases themselves, so it is a program beside the services. */
const program = fileURLToPath(new URL('../../../services/relay/dist/log-transfer/main.js', import.meta.url));

/**
 * Exports the log to a file, or imports one. Talks to no gateway: the services need not run.
 * @returns exit code
 */
export async function log(verb: string, file: string, dataDir: string | undefined): Promise<number> {
  if (!existsSync(program))
    throw new CliProblem('The services are not built yet: run `npm run build` first.');
  const args = [program, verb, file, ...(dataDir ? ['--data-dir', dataDir] : [])];
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}
