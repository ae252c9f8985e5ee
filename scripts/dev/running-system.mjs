import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { holderOf } from '../../supervisor/bin/data-dir-lock.mjs';
import { Problem } from '../../supervisor/bin/problem.mjs';
import { note } from '../../supervisor/bin/progress.mjs';
import { stopSignal } from '../../supervisor/bin/stop-signal.mjs';

const lookEveryMs = 200;

/**
 * The system of the data folder, once it is ready: the one that runs there, else one of our own, which ends with us.
 * @returns {Promise<{url: string, ended: Promise<void>, stop: () => Promise<void>}>}
 */
export async function runningSystem(projectRoot, { dataDir, port, repository, replicas }) {
  const holder = holderOf(dataDir);
  if (holder !== undefined) {
    note(`AgencyOS runs on ${dataDir} already (process ${holder}): it is left running at the end.`);
    return { url: await whenReady(dataDir), ended: new Promise(() => undefined), stop: () => Promise.resolve() };
  }
  const args = ['--port', port, '--data-dir', dataDir, '--repo', repository, '--replicas', replicas].map(String);
  // It looks after who started it as it does below npm, so that it ends with us even when we are killed.
  // What is new is tried at once: nobody goes back to a version before.
  const env = { AGENCYOS_RAISE_AFTER_MINUTES: '0', ...process.env, npm_command: 'start' };
  const start = spawn(process.execPath, [join(projectRoot, 'supervisor/bin/start.mjs'), ...args], { stdio: 'inherit', env });
  const exit = once(start, 'exit');
  const ended = exit.then(([code]) => {
    if (!stopSignal.aborted) throw new Problem(`The system has ended${code ? ` with ${code}` : ''}: see above.`);
  });
  ended.catch(() => undefined);
  const stop = async () => {
    start.kill('SIGTERM');
    await exit;
  };
  try {
    return { url: await Promise.race([whenReady(dataDir), ended]), ended, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** @returns {Promise<string>} its address */
async function whenReady(dataDir) {
  for (;;) {
    const url = await readFile(join(dataDir, 'url'), 'utf8').then(
      (text) => text.trim(),
      () => undefined,
    );
    const answer = url && (await fetch(`${url}/health/ready`).catch(() => undefined));
    if (answer?.ok) return url;
    await delay(lookEveryMs, undefined, { signal: stopSignal });
  }
}
