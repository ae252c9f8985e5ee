import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { LimitName, Limits } from './limits.js';
import { usageOfTree } from './process-tree.js';

export interface WatchedCommand {
  /** The command's first process; undefined where the kernel limits memory and processes. */
  leader: number | undefined;
  folder: string;
  limits: Limits;
}

const firstPauseMs = 250;

/** Looks from time to time at what a command takes, for as long as the signal is not aborted; tells once. */
export async function watchLimits(
  { leader, folder, limits }: WatchedCommand,
  signal: AbortSignal,
  onExceeded: (name: LimitName) => void,
): Promise<void> {
  while (!signal.aborted) {
    const startedAt = performance.now();
    const exceeded = (leader && (await treeOver(leader, limits))) || (await diskOver(folder, limits, signal));
    if (exceeded && !signal.aborted) return onExceeded(exceeded);
    // Of one core at most a twentieth goes into this, however many files there are.
    const pause = Math.max(firstPauseMs, 20 * (performance.now() - startedAt));
    await delay(pause, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

async function treeOver(leader: number, { memoryBytes, processes }: Limits): Promise<LimitName | undefined> {
  const usage = await usageOfTree(leader);
  if (usage.memoryBytes > memoryBytes) return 'memory';
  return usage.processes > processes ? 'processes' : undefined;
}

/** Whether a folder holds as much as it may; a file at its size limit has lost what did not fit, too. */
export async function diskOver(folder: string, { diskBytes }: Limits, signal?: AbortSignal): Promise<LimitName | undefined> {
  let bytes = 0;
  const walk = async (path: string): Promise<void> => {
    for (const entry of await readdir(path, { withFileTypes: true }).catch(() => [])) {
      if (signal?.aborted || bytes >= diskBytes) return;
      const place = join(path, entry.name);
      if (entry.isDirectory()) await walk(place);
      else bytes += ((await lstat(place).catch(() => undefined))?.blocks ?? 0) * 512;
    }
  };
  await walk(folder);
  return bytes >= diskBytes ? 'disk' : undefined;
}
