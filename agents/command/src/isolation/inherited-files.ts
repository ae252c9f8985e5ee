import { closeSync, readdirSync, readFileSync } from 'node:fs';

const CLOSE_ON_EXEC = 0o2000000;

/**
 * Lets go of what this process was given open beside its standard streams, e.g. by the terminal or build tool that ran
 * `npm start`: each command would have it too, in its sandbox as well. What Node.js opens itself is never handed on.
 *
 * @returns how many there were
 */
export function closeInheritedFiles(): number {
  if (process.platform !== 'linux') return 0;
  return readdirSync('/proc/self/fd').map(Number).filter(isHandedOn).filter(close).length;
}

function isHandedOn(fd: number): boolean {
  if (fd <= 2) return false;
  try {
    const flags = /^flags:\s+([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? '';
    return (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0;
  } catch {
    return false; // it was open for looking here only
  }
}

function close(fd: number): boolean {
  closeSync(fd);
  return true;
}
