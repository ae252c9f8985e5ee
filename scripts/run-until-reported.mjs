import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';

/** What an ordinary end takes after the report was written. */
const GRACE_MS = 30_000;
/** Far more than any file of tests needs on a busy machine; each says a line at its end. */
const SILENCE_MS = 15 * 60_000;
const LOOK_MS = 250;

/**
 * Runs a test runner that writes a report as the last thing it does. It always ends: who goes on after its report, or
 * has fallen silent, is ended with all that it started in its process group, and that is said.
 *
 * @param {{program: string, args: string[], cwd: string, env: NodeJS.ProcessEnv, report: string, say?: (text: Buffer) => void, graceMs?: number, silenceMs?: number}} run
 * `say` takes what the runner says, as it says it.
 * @returns {Promise<{code: number, fault?: string}>} `fault`: why it was ended or could not be started
 */
export function runUntilReported({
  program,
  args,
  cwd,
  env,
  report,
  say = (text) => process.stderr.write(text),
  graceMs = GRACE_MS,
  silenceMs = SILENCE_MS,
}) {
  // jest's own report goes to stderr; what --json writes to stdout is in the file
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  let saidAt = performance.now();
  child.stderr.on('data', (text) => {
    saidAt = performance.now();
    say(text);
  });
  const end = (signal) => {
    try {
      process.kill(-child.pid, signal);
    } catch {
      // it has ended meanwhile
    }
  };
  const stop = () => end('SIGTERM');
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop);
  let reportedAt;
  let fault;
  const look = setInterval(() => {
    const now = performance.now();
    if (reportedAt === undefined && existsSync(report)) reportedAt = now;
    if (reportedAt !== undefined && now > reportedAt + graceMs)
      fault = 'all tests are done, but something that they started is still open';
    else if (now > saidAt + silenceMs)
      fault = `no report, and not a word for ${Math.round(silenceMs / 60_000)} minutes; the last lines above say how far it came`;
    if (fault) end('SIGKILL');
  }, LOOK_MS);
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: 1, fault: error.message }));
    child.once('exit', (code) => resolve({ code: code ?? 1, ...(fault && { fault }) }));
  }).finally(() => {
    clearInterval(look);
    for (const signal of ['SIGINT', 'SIGTERM']) process.removeListener(signal, stop);
  });
}
