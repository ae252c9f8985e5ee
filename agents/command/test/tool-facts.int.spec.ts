import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { noIsolation } from '../src/isolation/isolation.js';
import { runCommand } from '../src/run-command.js';
import { Bench, isolationBy } from './isolated.js';
import { untilNone } from './processes.js';

/** What the tools below commands really do, where a good guess would be wrong: each with what we make of it (fault 6). */
let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.close());

for (const way of ['bubblewrap', 'unshare'] as const) {
  const isolation = await isolationBy(way);
  (isolation ? describe : describe.skip)(way, () => {
    it('alone is ended, not its group: the command and its daemons end all the same', async () => {
      const mark = `sleep 96${process.pid}`;
      bench.onLine = (line) => line === 'ready' && process.kill(bench.groups[0]!, 'SIGKILL');
      expect(await bench.run(isolation!, `setsid ${mark} & echo ready; ${mark}`)).toMatchObject({
        kind: 'failed',
      });
      await untilNone(mark);
    });

    it('gives a command limits in plain numbers, and they are in force', async () => {
      const limits = { diskMiB: 64 };
      await bench.run(isolation!, 'grep -E "^Max (file|core)" /proc/self/limits', { profile: { limits } });
      expect(bench.lines.join('\n')).toMatch(/Max file size +67108864 +67108864/);
      expect(bench.lines.join('\n')).toMatch(/Max core file size +0 +0/);
    });

    it('reports the exit code of a command that ends with 127 or 126 by itself as such', async () => {
      for (const code of [126, 127])
        expect(await bench.run(isolation!, `exit ${code}`)).toMatchObject({
          fault: { code: 'exit', message: expect.stringContaining(`${code}`) },
        });
    });
  });
}

const isolated = await isolationBy('bubblewrap');
describe.each([noIsolation, ...(isolated ? [isolated] : [])])('Node.js, isolation $way', (isolation) => {
  it.each([
    ['an argument of 200 KB', ['true', 'x'.repeat(200_000)]],
    ['a program below a file', ['/etc/passwd/program']],
    ['a program with a name of 5,000 characters', ['x'.repeat(5_000)]],
    ['a program without a name', ['']],
  ])('throws instead of telling of %s: it is a fault of the task, not of the worker', async (_, argv) => {
    const cwd = join(bench.workspaces, 'w');
    mkdirSync(cwd);
    const guard = { watch: () => undefined, release: () => undefined };
    const settings = { signal: AbortSignal.timeout(30_000), onLine: () => undefined, guard, isolation };
    expect(await runCommand({ argv, env: { PATH: '/usr/bin:/bin' }, cwd }, settings)).toMatchObject({
      kind: 'not_started',
    });
  });
});
