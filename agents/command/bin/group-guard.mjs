#!/usr/bin/env node
// Ends the process groups of a worker's commands when the worker is gone, whatever killed it: it watches its stdin,
// a pipe from the worker that the kernel closes with the worker. Runs in a session of its own, so that nothing sent
// to the worker's group reaches it first.
//
//   +<pgid> <attempt>   a command runs in this group, with AGENCYOS_ATTEMPT=<attempt> in its environment
//   -<pgid>             it has ended
//
// Where /proc shows environments (Linux), processes that left the group but kept the variable are ended too.
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const attempts = new Map();

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

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const [group, attempt] = line.slice(1).split(' ');
  if (line.startsWith('+')) attempts.set(Number(group), attempt);
  if (line.startsWith('-') && attempts.has(Number(group))) {
    killStrays([attempts.get(Number(group))]);
    attempts.delete(Number(group));
  }
});
process.stdin.on('error', () => lines.close());
lines.on('close', () => {
  for (const group of attempts.keys()) kill(-group);
  killStrays([...attempts.values()]);
  process.exit(0);
});
for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(name, () => undefined);
