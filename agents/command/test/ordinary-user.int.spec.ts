import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { testBubblewrap } from '@agencyos/testing/servers';
import { Bench, isolationBy } from './isolated.js';

const nobody = 65_534;
const asNobody = ['--reuid=65534', '--regid=65534', '--clear-groups'];
const runner = join(import.meta.dirname, 'as-ordinary-user.mjs');
const isRoot = process.getuid?.() === 0;
/** The project may lie where others may not look. */
const mayRead = () => spawnSync('setpriv', [...asNobody, process.execPath, '--check', runner]).status === 0;

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.close());

// Whoever is no ordinary user becomes one here; the other specs show the rest.
(isRoot && mayRead() ? describe : describe.skip)('a worker of an ordinary user (fault 6)', () => {
  for (const way of ['bubblewrap', 'unshare'] as const)
    it(`isolates commands by ${way}, where the system lets users do so`, async () => {
      chmodSync(bench.dataDir, 0o755);
      const workspaces = join(bench.root, 'of-nobody');
      mkdirSync(workspaces);
      chownSync(workspaces, nobody, nobody);
      const secret = join(workspaces, 'cli-token');
      writeFileSync(secret, 'canary');
      const script = `cat '${secret}'; id -u; echo pid $$; ls /proc | grep -c '^[0-9]'; grep -E '^(CapPrm|CapEff|NoNewPrivs)' /proc/self/status; touch /usr/x; >here && echo wrote`;
      const args = [...asNobody, process.execPath, runner, way, (await testBubblewrap()) ?? '', workspaces, script];
      const said = JSON.parse(execFileSync('setpriv', args, { encoding: 'utf8', env: { PATH: process.env['PATH'] } })) as {
        impossible?: boolean;
        lines: string[];
      };
      if (said.impossible) return; // no user namespaces here; a start says so
      const text = said.lines.join('\n');
      expect(text).not.toContain('canary');
      expect(text).toMatch(/^65534$/m);
      expect(text).toMatch(/CapPrm:\t0+\nCapEff:\t0+\nNoNewPrivs:\t1/);
      expect(text).toContain('wrote');
    });
});

describe('isolation that is asked for and does not work', () => {
  it('keeps the worker from starting, with the reason (fault 6)', async () => {
    const { chooseIsolation } = await import('../src/isolation/choose-isolation.js');
    const wanted = {
      workspaces: bench.workspaces,
      bubblewrapProgram: '/no/such/bwrap',
      way: 'bubblewrap' as const,
    };
    await expect(chooseIsolation(wanted)).rejects.toThrow(/Isolation by bubblewrap does not work here\. .*\/no\/such\/bwrap/);
    expect(await isolationBy('none')).toEqual({ way: 'none' });
  });
});
