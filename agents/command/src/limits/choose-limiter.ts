import { spawnSync } from 'node:child_process';
import { cgroupV1 } from './cgroup-v1.js';
import { cgroupV2 } from './cgroup-v2.js';
import { defaultLimits, watching, type Limiter } from './limits.js';

/** The first way that really works here: a process is put into a group and says whether it got there. */
export async function chooseLimiter(): Promise<Limiter> {
  if (process.platform !== 'linux') return watching;
  for (const limiter of [cgroupV2(), cgroupV1()]) if (limiter && (await works(limiter))) return limiter;
  return watching;
}

async function works({ open }: Limiter): Promise<boolean> {
  try {
    const group = open?.(defaultLimits);
    if (!group) return false;
    const joined = spawnSync('/bin/sh', ['-c', 'for file; do echo $$ >"$file" || exit 1; done', 'sh', ...group.join]);
    await group.close();
    return joined.status === 0;
  } catch {
    return false;
  }
}
