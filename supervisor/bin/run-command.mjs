import { spawn } from 'node:child_process';
import { isWatching, stopSignal } from './stop-signal.mjs';
import { tied } from './tied.mjs';

/** What a program has to end by itself once everything shall stop. */
const graceMs = 3_000;

/**
 * Runs a program to its end and keeps what it printed. The program does not outlive us, and is ended with all that
 * it has started once everything shall stop.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions & {onLine?: (line: string) => void}} [options]
 * @returns {Promise<{code: number | null, signal: string | null, stdout: string, stderr: string}>}
 *   `code` is null when it was killed or could not be started; then `stderr` says why.
 * @throws the reason of the stop, if there is one
 */
export async function runCommand(program, args, options = {}) {
  stopSignal.throwIfAborted();
  const result = await run(tied({ program, args }), options);
  stopSignal.throwIfAborted();
  return result;
}

function run({ program, args }, { onLine, ...options }) {
  return new Promise((resolve) => {
    let stdout = '';
    let stderr = '';
    // In a group of its own where we end it ourselves: it may have children that would be left.
    const detached = isWatching();
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], detached, ...options });
    const stop = () => endGroup(child);
    const settle = (result) => {
      if (stopSignal.aborted && detached && child.pid) send(child.pid, 'SIGKILL'); // what is left of its group
      stopSignal.removeEventListener('abort', stop);
      resolve(result);
    };
    stopSignal.addEventListener('abort', stop);
    child.stdout?.setEncoding('utf8').on('data', (text) => {
      stdout += text;
      if (onLine) for (const line of text.split('\n')) if (line.trim()) onLine(line.trimEnd());
    });
    child.stderr?.setEncoding('utf8').on('data', (text) => {
      stderr += text;
      if (onLine) for (const line of text.split('\n')) if (line.trim()) onLine(line.trimEnd());
    });
    child.once('error', (error) => settle({ code: null, signal: null, stdout, stderr: stderr + error.message }));
    child.once('close', (code, signal) => settle({ code, signal, stdout, stderr }));
  });
}

function endGroup({ pid }) {
  if (pid === undefined) return;
  send(pid, 'SIGTERM');
  setTimeout(() => send(pid, 'SIGKILL'), graceMs);
}

function send(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch {
    // all of it has ended
  }
}

/** The last line of a program's output that says anything: usually the reason why it failed. */
export function lastLine(text) {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return (lines.at(-1) ?? 'no output').trim();
}
