import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** The kernel counts processor time in hundredths of a second (USER_HZ). */
const TICK_MS = 10;

/**
 * Memory and processor time of a process and all its descendants, by name, over some seconds.
 *
 * @param names process id → name; a descendant without one counts to the next of its ancestors that has
 * @returns name → {mebibytes, cpuPercent}: proportional set size at the end, share of one core meanwhile
 */
export async function footprint(root, names, seconds) {
  const before = sumBy(familyOf(root, names), ({ ticks }) => ticks);
  const startedAt = performance.now();
  await delay(seconds * 1_000);
  const family = familyOf(root, names);
  const elapsedMs = performance.now() - startedAt;
  const after = sumBy(family, ({ ticks }) => ticks);
  const kibibytes = sumBy(family, ({ pid }) => pssOf(pid));
  return new Map(
    [...kibibytes].map(([name, size]) => [
      name,
      { mebibytes: size / 1_024, cpuPercent: (((after.get(name) ?? 0) - (before.get(name) ?? 0)) * TICK_MS * 100) / elapsedMs },
    ]),
  );
}

/** Sums of one figure over the values of a map. */
export const total = (figures, pick) => [...figures.values()].reduce((sum, figure) => sum + pick(figure), 0);

function familyOf(root, names) {
  const all = new Map(
    readdirSync('/proc').flatMap((entry) => {
      const status = /^\d+$/.test(entry) && statOf(Number(entry));
      return status ? [[Number(entry), status]] : [];
    }),
  );
  const nameOf = (pid) => names.get(pid) ?? (all.has(pid) && pid !== root ? nameOf(all.get(pid).parent) : undefined);
  return [...all].flatMap(([pid, { ticks }]) => {
    const name = nameOf(pid);
    return name ? [{ pid, name, ticks }] : [];
  });
}

function statOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    // utime, stime, and those of children that have ended since: nothing is lost when a process goes.
    return { parent: fields[1], ticks: fields[11] + fields[12] + fields[13] + fields[14] };
  } catch {
    return undefined; // ended meanwhile
  }
}

function pssOf(pid) {
  try {
    return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))[1]);
  } catch {
    return 0; // ended meanwhile
  }
}

function sumBy(family, pick) {
  const sums = new Map();
  for (const one of family) sums.set(one.name, (sums.get(one.name) ?? 0) + pick(one));
  return sums;
}
