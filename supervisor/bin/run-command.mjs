import { spawn } from 'node:child_process';

/**
 * Runs a program to its end and keeps what it printed.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions & {onLine?: (line: string) => void}} [options]
 * @returns {Promise<{code: number | null, signal: string | null, stdout: string, stderr: string}>}
 *   `code` is null when it was killed or could not be started; then `stderr` says why.
 */
export function runCommand(program, args, { onLine, ...options } = {}) {
  return new Promise((resolve) => {
    let stdout = '';
    let stderr = '';
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    child.stdout?.setEncoding('utf8').on('data', (text) => {
      stdout += text;
      if (onLine) for (const line of text.split('\n')) if (line.trim()) onLine(line.trimEnd());
    });
    child.stderr?.setEncoding('utf8').on('data', (text) => {
      stderr += text;
      if (onLine) for (const line of text.split('\n')) if (line.trim()) onLine(line.trimEnd());
    });
    child.once('error', (error) =>
      resolve({ code: null, signal: null, stdout, stderr: stderr + error.message }),
    );
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** The last line of a program's output that says anything: usually the reason why it failed. */
export function lastLine(text) {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return (lines.at(-1) ?? 'no output').trim();
}
