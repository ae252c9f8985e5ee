import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { until } from '@agencyos/testing';

interface Process {
  pid: number;
  group: number;
}

/** All processes that run, without the dead that only wait to be collected. */
function running(): Process[] {
  if (process.platform !== 'linux') {
    return execFileSync('ps', ['-axo', 'pid=,pgid=,stat='], { encoding: 'utf8' })
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , state]) => state !== undefined && !state.startsWith('Z'))
      .map(([pid, group]) => ({ pid: Number(pid), group: Number(group) }));
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
        const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return state === 'Z' || state === 'X' ? [] : [{ pid: Number(name), group: Number(group) }];
      } catch {
        return []; // it ended meanwhile
      }
    });
}

/** Resolves once none of these processes runs. */
export async function untilGone(pids: number[]): Promise<void> {
  await until(
    () => running().filter(({ pid }) => pids.includes(pid)),
    ({ length }) => length === 0,
  );
}

/** Resolves once no process of the group runs. */
export async function untilEmpty(group: number): Promise<void> {
  await until(
    () => running().filter((process) => process.group === group),
    ({ length }) => length === 0,
  );
}

/** Resolves once none has exactly this command line; on Linux. */
export async function untilNone(text: string): Promise<void> {
  await until(
    () => commandsOf(text),
    ({ length }) => length === 0,
  );
}

/** The processes with exactly this command line; on Linux. */
export function commandsOf(text: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        return [readFileSync(`/proc/${name}/cmdline`, 'latin1').replaceAll('\0', ' ').trim()];
      } catch {
        return [];
      }
    })
    .filter((command) => command === text);
}
