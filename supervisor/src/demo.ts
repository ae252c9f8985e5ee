import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { guarded } from './guarded.js';
import type { Settings } from './settings.js';

/** The command line that follows the example to its end and approves its gate. */
export interface Demo {
  /** Its exit code. */
  ended: Promise<number>;
  /** Ends it if it still runs; resolves when it is gone. */
  stop(): Promise<void>;
}

/** Starts it so that it does not outlive us. A group of its own keeps a Ctrl-C of the terminal for us alone. */
export function startDemo({ projectRoot, dataDir }: Settings, url: string): Demo {
  const cli = join(projectRoot, 'cli/bin/agencyos.mjs');
  const args = [cli, 'demo', '--url', url, '--data-dir', dataDir];
  const launch = guarded({ program: process.execPath, args }, 'SIGKILL');
  const child = spawn(launch.program, launch.args, { detached: true, stdio: ['pipe', 'inherit', 'inherit'] });
  child.stdin.on('error', () => undefined); // it may end before we do
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
