import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { until } from '@agencyos/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { noIsolation } from '../src/isolation/isolation.js';
import { cgroupV1 } from '../src/limits/cgroup-v1.js';
import { cgroupV2 } from '../src/limits/cgroup-v2.js';
import { defaultLimits, watching, type Limiter } from '../src/limits/limits.js';
import { Bench, isolationBy } from './isolated.js';
import { commandsOf, untilNone } from './processes.js';

const isolation = (await isolationBy('bubblewrap')) ?? (await isolationBy('unshare')) ?? noIsolation;

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.close());

const ways: [string, Limiter | undefined][] = [
  ['cgroup v2', cgroupV2()],
  ['cgroup v1', cgroupV1()],
  ['watching', watching],
];
/** Takes memory that is really used, until it is stopped. */
const greedy = `node -e "const all = []; setInterval(() => all.push(Buffer.alloc(16 << 20, 1)), 5)"`;

for (const [name, limiter] of ways) {
  (limiter ? describe : describe.skip)(`a command limited by ${name} (fault 6)`, () => {
    const run = (script: string, limits: object) => bench.run(isolation, script, { limiter: limiter!, profile: { limits } });

    it('that takes too much memory fails, though its shell goes on and ends with 0', async () => {
      const outcome = await run(`${greedy}; sleep 1; exit 0`, { memoryMiB: 200 });
      expect(outcome).toMatchObject({ kind: 'failed', fault: { code: 'memory_limit', retryable: false } });
      expect(JSON.stringify(outcome)).toContain('200 MiB of memory');
    });

    it('that starts too many processes fails', async () => {
      const script = 'for n in $(seq 60); do sleep 20 & done; wait; exit 1';
      expect(await run(script, { processes: 40 })).toMatchObject({
        kind: 'failed',
        fault: { code: 'processes_limit' },
      });
    });

    it('that keeps within them is left alone', async () => {
      expect(await run('sleep 0.5', { memoryMiB: 200, processes: 40 })).toMatchObject({ kind: 'succeeded' });
    });
  });
}

describe('whatever limits memory and processes, a command (fault 6)', () => {
  it('that writes too much into one file fails, though it ends with 0', async () => {
    const script = 'head -c 9000000 /dev/zero >big 2>/dev/null; exit 0';
    expect(await bench.run(isolation, script, { profile: { limits: { diskMiB: 2 } } })).toMatchObject({
      fault: { code: 'disk_limit' },
    });
  });

  it('that writes too many files is ended', async () => {
    const script = 'n=0; while :; do n=$((n + 1)); head -c 500000 /dev/zero >"$n"; done';
    expect(await bench.run(isolation, script, { profile: { limits: { diskMiB: 8 } } })).toMatchObject({
      fault: { code: 'disk_limit' },
    });
  });

  it('that says too much is ended', async () => {
    expect(await bench.run(isolation, 'yes', { profile: { limits: { outputMiB: 1 } } })).toMatchObject({
      fault: { code: 'output_limit' },
    });
  });
});

describe('a cgroup', () => {
  for (const [name, limiter] of ways.filter(([, limiter]) => limiter?.open))
    it(`of ${name} goes with all that is in it, a daemon that left its group and parent too (fault 6)`, async () => {
      const group = limiter!.open!(defaultLimits);
      const mark = `sleep 97${process.pid}`;
      const join = group.join.map((file) => `echo $$ >'${file}'`).join('; ');
      expect(spawnSync('sh', ['-c', `${join}; (setsid env -i ${mark} &) >/dev/null 2>&1`]).status).toBe(0);
      await until(() => commandsOf(mark).length > 0);
      await group.close();
      await untilNone(mark);
      for (const file of group.join) expect(existsSync(file)).toBe(false);
    });
});
