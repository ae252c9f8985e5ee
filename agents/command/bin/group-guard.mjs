#!/usr/bin/env node
// Ends the process groups of a worker's commands when the worker is gone, whatever killed it: it watches its stdin,
// a pipe from the worker that the kernel closes with the worker. Runs in a session of its own, so that nothing sent
// to the worker's group reaches it first.
//
//   +<pgid> <attempt>   a command runs in this group, with AGENCYOS_ATTEMPT=<attempt> in its environment
//   =<pgid> <deadline>  it is to be ended at that time of the machine's monotonic clock, in ms, unless this is told
//                       again: a worker that is paused does not renew its lease, and another one may begin then
//   -<pgid>             it has ended
//
// Where /proc shows environments (Linux), processes that left the group but kept the variable are ended too.
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const attempts = new Map();
const timers = new Map();

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it ended meanwhile
  }
}

function killStrays(names) {
  if (process.platform !== 'linux' || names.length === 0) return;
  const marks = names.map((name) => `\0AGENCYOS_ATTEMPT=${name}\0`);
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const environment = `\0${readFileSync(`/proc/${entry}/environ`, 'latin1')}\0`;
      if (marks.some((mark) => environment.includes(mark))) kill(Number(entry));
    } catch {
      // it ended meanwhile, or belongs to another user
    }
  }
}

function end(group) {
  kill(-group);
  killStrays([attempts.get(group)]);
}

function endAt(group, deadline) {
  clearTimeout(timers.get(group));
  const remaining = deadline - Number(process.hrtime.bigint() / 1_000_000n);
  timers.set(
    group,
    setTimeout(() => end(group), Math.max(0, remaining)),
  );
}

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const [number, rest] = line.slice(1).split(' ');
  const group = Number(number);
  if (line.startsWith('+')) attempts.set(group, rest);
  if (!attempts.has(group)) return;
  if (line.startsWith('=')) endAt(group, Number(rest));
  if (line.startsWith('-')) {
    clearTimeout(timers.get(group));
    timers.delete(group);
    killStrays([attempts.get(group)]);
    attempts.delete(group);
  }
});
process.stdin.on('error', () => lines.close());
lines.on('close', () => {
  for (const group of attempts.keys()) kill(-group);
  killStrays([...attempts.values()]);
  process.exit(0);
});
for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(name, () => undefined);
