import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const START_TIMEOUT_MS = 60_000;

/** Starts a server for a test; what it says goes into its log. */
export function start(launch: { program: string; args: string[] }, log: string, env = process.env): ChildProcess {
  const child = spawn(launch.program, launch.args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    cwd: '/',
    env,
    detached: true,
  });
  const file = createWriteStream(log, { flags: 'a' });
  child.stdout.pipe(file, { end: false });
  child.stderr.pipe(file, { end: false });
  child.once('close', () => file.end());
  child.once('error', () => undefined); // seen as an exit by `untilUp`
  return child;
}

/** What the probe finds once the server is there. @throws Error with its log when it ends before, or never is */
export async function untilUp<T>(child: ChildProcess, log: string, probe: () => Promise<T | undefined>): Promise<T> {
  const started = performance.now();
  while (performance.now() - started < START_TIMEOUT_MS) {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) break;
    const found = await probe();
    if (found !== undefined) return found;
    await delay(25);
  }
  await end(child, 'SIGKILL');
  throw new Error(`A test server did not start: ${await readFile(log, 'utf8').catch(() => 'no output')}`);
}

/** Ends it by the signal, after five seconds by force. */
export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  const late = setTimeout(() => child.kill('SIGKILL'), 5000);
  await ended;
  clearTimeout(late);
}
