import { accessSync, constants, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { closeCgroup } from './cgroup-v2.js';
import type { LimitGroup, Limiter, Limits } from './limits.js';
import { countIn, groupNames, ownCgroup } from './own-cgroups.js';

/** Limits by cgroup v1, whose controllers have a hierarchy each; where this process may write to them. */
export function cgroupV1(): Limiter | undefined {
  const memory = ownCgroup('memory')?.folder;
  const pids = ownCgroup('pids')?.folder;
  if (memory === undefined || pids === undefined) return undefined;
  try {
    for (const folder of [memory, pids]) accessSync(join(folder, 'cgroup.procs'), constants.W_OK);
  } catch {
    return undefined;
  }
  const names = groupNames(memory, pids);
  return {
    way: 'cgroup v1',
    open: (limits) => {
      const name = names();
      return open(join(memory, name), join(pids, name), limits);
    },
  };
}

function open(memory: string, pids: string, { memoryBytes, processes }: Limits): LimitGroup {
  for (const folder of [memory, pids]) mkdirSync(folder);
  writeFileSync(join(memory, 'memory.limit_in_bytes'), String(memoryBytes));
  const withSwap = join(memory, 'memory.memsw.limit_in_bytes');
  if (existsSync(withSwap)) writeFileSync(withSwap, String(memoryBytes));
  writeFileSync(join(pids, 'pids.max'), String(processes));
  return {
    join: [join(memory, 'cgroup.procs'), join(pids, 'cgroup.procs')],
    exceeded() {
      // The process over the limit is killed alone; what started it may well go on and end with code 0.
      if (countIn(join(memory, 'memory.oom_control'), 'oom_kill') > 0) return 'memory';
      return countIn(join(pids, 'pids.events'), 'max') > 0 ? 'processes' : undefined;
    },
    close: async () => {
      for (const folder of [memory, pids]) await closeCgroup(folder, () => killAll(folder));
    },
  };
}

/** There is no file to end a group by. */
function killAll(folder: string): void {
  for (const pid of readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean)) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // it ended meanwhile
    }
  }
}
