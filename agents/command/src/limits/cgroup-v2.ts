import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { LimitGroup, Limiter, Limits } from './limits.js';
import { countIn, groupNames, ownCgroup } from './own-cgroups.js';

/** Limits by cgroup v2, below the nearest group above this process in which it may make groups with both controllers. */
export function cgroupV2(place = ownCgroup(undefined)): Limiter | undefined {
  const base = place && delegated(place.folder, place.mount);
  if (base === undefined) return undefined;
  const name = groupNames(base);
  return { way: 'cgroup v2', open: (limits) => open(join(base, name()), limits) };
}

/** A group hands controllers on only when it holds no process itself, so it is hardly ever our own. */
function delegated(folder: string, mount: string): string | undefined {
  for (let here = folder; here.startsWith(mount); here = dirname(here)) {
    if (handsOn(here)) return here;
  }
  return undefined;
}

function handsOn(folder: string): boolean {
  const control = join(folder, 'cgroup.subtree_control');
  const missing = () => {
    const on = readFileSync(control, 'utf8').trim().split(' ');
    return ['memory', 'pids'].filter((name) => !on.includes(name));
  };
  try {
    for (const path of [folder, join(folder, 'cgroup.procs')]) accessSync(path, constants.W_OK);
    if (missing().length > 0)
      writeFileSync(
        control,
        missing()
          .map((name) => `+${name}`)
          .join(' '),
      );
    return missing().length === 0;
  } catch {
    return false; // not ours, or a controller is used by cgroup v1, or it holds processes
  }
}

function open(folder: string, { memoryBytes, processes }: Limits): LimitGroup {
  mkdirSync(folder);
  const set = (file: string, value: string) => writeFileSync(join(folder, file), value);
  set('memory.max', String(memoryBytes));
  if (existsSync(join(folder, 'memory.swap.max'))) set('memory.swap.max', '0');
  set('memory.oom.group', '1');
  set('pids.max', String(processes));
  return {
    join: [join(folder, 'cgroup.procs')],
    exceeded() {
      if (countIn(join(folder, 'memory.events'), 'oom_kill') > 0) return 'memory';
      return countIn(join(folder, 'pids.events'), 'max') > 0 ? 'processes' : undefined;
    },
    close: () => closeCgroup(folder, () => set('cgroup.kill', '1')),
  };
}

/** @param end ends what is in it; repeated until nothing is */
export async function closeCgroup(folder: string, end: () => void): Promise<void> {
  for (let n = 0; n < 200; n++) {
    try {
      end();
      rmdirSync(folder);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      await delay(10); // the kernel takes a moment to forget the dead
    }
  }
}
