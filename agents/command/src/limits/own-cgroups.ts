import { existsSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of this process's own cgroup in the hierarchy of a controller; of cgroup v2 for `undefined`. */
export function ownCgroup(controller: string | undefined): { folder: string; mount: string } | undefined {
  const mount = mountOf(controller);
  const path = readFileSync('/proc/self/cgroup', 'utf8')
    .split('\n')
    .map((line) => /^\d+:([^:]*):(.*)$/.exec(line))
    .find((found) => (controller === undefined ? found?.[1] === '' : found?.[1]?.split(',').includes(controller)))?.[2];
  return mount === undefined || path === undefined ? undefined : { folder: join(mount, path), mount };
}

function mountOf(controller: string | undefined): string | undefined {
  for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n')) {
    const [before = '', after = ''] = line.split(' - ');
    const [type, , options = ''] = after.split(' ');
    const place = before.split(' ')[4];
    if (controller === undefined ? type === 'cgroup2' : type === 'cgroup' && options.split(',').includes(controller))
      return place;
  }
  return undefined;
}

/** The number after a word, in a file of lines `word number`; 0 when there is none. */
export function countIn(file: string, word: string): number {
  try {
    return Number(new RegExp(`^${word} (\\d+)$`, 'm').exec(readFileSync(file, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** A group's name that is nobody else's, below a folder from which what killed workers have left is taken away. */
export function groupNames(...folders: string[]): () => string {
  for (const folder of folders) {
    for (const name of readdirSync(folder)) {
      const pid = /^agencyos-(\d+)-\d+$/.exec(name)?.[1];
      if (pid && !existsSync(`/proc/${pid}`)) rmdirIfEmpty(join(folder, name));
    }
  }
  let count = 0;
  return () => `agencyos-${process.pid}-${++count}`;
}

function rmdirIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // something still runs in it
  }
}
