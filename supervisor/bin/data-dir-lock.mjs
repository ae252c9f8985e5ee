import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from './problem.mjs';

const fileName = 'supervisor.lock';

/** The pid of the supervisor that uses the folder now, if one does. */
export function holderOf(dataDir) {
  try {
    const { pid, startedAt } = JSON.parse(readFileSync(join(dataDir, fileName), 'utf8'));
    return pid !== process.pid && startedAt !== '' && startTimeOf(pid) === startedAt ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** One sentence for whoever starts a second supervisor on the same folder. */
export function inUse(dataDir, pid) {
  return new Problem(
    `AgencyOS already runs on ${dataDir} (process ${pid}): stop it first, or start with another --data-dir and --port.`,
  );
}

/**
 * Takes the folder for this process. A lock left by an unclean end is recognised by the process's start time,
 * so a process id used again by something else does not block the start.
 *
 * @returns {() => void} gives it back
 * @throws {Problem} when another supervisor uses it
 */
export function lockDataDir(dataDir) {
  const path = join(dataDir, fileName);
  const mine = JSON.stringify({ pid: process.pid, startedAt: startTimeOf(process.pid) });
  for (let attempt = 0; ; attempt++) {
    try {
      writeFileSync(path, mine, { flag: 'wx', mode: 0o600 });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      const holder = holderOf(dataDir);
      if (holder !== undefined || attempt > 3) throw inUse(dataDir, holder ?? 'unknown');
      rmSync(path, { force: true });
    }
  }
}

/** What tells two processes of one id apart; empty when there is no such process. */
function startTimeOf(pid) {
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
    }
    return execFileSync('ps', ['-p', String(pid), '-o', 'lstart='], { encoding: 'utf8' }).trim();
  } catch {
    return '';
  }
}
