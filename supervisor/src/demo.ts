import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { tied } from './guarded.js';
import type { Settings } from './settings.js';

/** The command line that follows the example to its end and approves its gate. */
export interface Demo {
  /** Its exit code. */
  ended: Promise<number>;
  /** Ends it if it still runs; resolves when it is gone. */
  stop(): Promise<void>;
}

/** Starts it so that it does not outlive us: the end of its standard input ends it, too. A group of its own keeps a Ctrl-C of the terminal for us alone. */
export function startDemo({ projectRoot, dataDir, demoVote }: Settings, url: string): Demo {
  const cli = join(projectRoot, 'cli/bin/agencyos.mjs');
  const args = [cli, 'demo', '--url', url, '--data-dir', dataDir, '--credential-from-stdin'];
  const launch = tied({ program: process.execPath, args });
  const child = spawn(launch.program, launch.args, { detached: true, stdio: ['pipe', 'inherit', 'inherit'] });
  child.stdin.on('error', () => undefined); // it may end before we do
  child.stdin.write(`${demoVote}\n`); // never on its command line or in its environment, which others can read
  const ended = new Promise<number>((resolve) => {
    child.once('error', () => resolve(1));
    child.once('exit', (code) => resolve(code ?? 1));
  });
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  return { ended, stop };
}
