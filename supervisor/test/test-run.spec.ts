import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { notInCi, readNotInCi } from '../../scripts/not-in-ci.mjs';
import { runUntilReported } from '../../scripts/run-until-reported.mjs';
import { byFile, notRunOf } from '../../scripts/test-run.mjs';

const FOR_EVER = 'setInterval(() => undefined, 1_000)';

// fault 38
describe('a run of tests', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'agencyos-run-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  function run(name: string, script: string, limits: { graceMs: number; silenceMs: number }) {
    const report = join(folder, name);
    const code = `const report = () => require('node:fs').writeFileSync(${JSON.stringify(report)}, '{}'); ${script}`;
    return runUntilReported({ program: process.execPath, args: ['-e', code], cwd: folder, env: {}, report, ...limits });
  }

  it('ends with the code of its runner', async () => {
    expect(await run('ordinary', 'report(); process.exitCode = 3', { graceMs: 60_000, silenceMs: 60_000 })).toEqual({ code: 3 });
  });

  it('ends though something is open after its report, and says so', async () => {
    const { code, fault } = await run('open', `report(); ${FOR_EVER}`, { graceMs: 0, silenceMs: 60_000 });
    expect(code).toBe(1);
    expect(fault).toMatch(/still open/);
  });

  it('ends without a report, and says so', async () => {
    const { code, fault } = await run('silent', FOR_EVER, { graceMs: 60_000, silenceMs: 0 });
    expect(code).toBe(1);
    expect(fault).toMatch(/no report/);
  });

  it('fails when its runner cannot be started', async () => {
    const none = { program: join(folder, 'none'), args: [], cwd: folder, env: {}, report: join(folder, 'none.json') };
    expect((await runUntilReported(none)).fault).toMatch(/ENOENT/);
  });
});

describe('what a run of tests could not run', () => {
  const root = join(import.meta.dirname, '..', '..');

  it('is counted by file and name', () => {
    const assertions = ['passed', 'pending', 'failed', 'pending'].map((status, n) => ({ status, fullName: `test ${n}` }));
    const report = { testResults: [{ name: join(root, 'e2e/some.e2e.ts'), assertionResults: assertions }] };
    expect(notRunOf(report)).toEqual(['e2e/some.e2e.ts: test 1', 'e2e/some.e2e.ts: test 3']);
  });

  it('is expected only where the list says how to run it by hand, and when that was done', () => {
    const last = { date: '2026-11-25', commit: 'a5511ad', outcome: 'passed' };
    const entry = { what: 'a server', tests: ['a.spec.ts: on a server'], command: 'npm test', last };
    const { unexpected, expected } = notInCi(['a.spec.ts: on a server works', 'a.spec.ts: elsewhere', 'b.spec.ts: x'], [entry]);
    expect(unexpected).toEqual(['a.spec.ts: elsewhere', 'b.spec.ts: x']);
    expect(expected).toEqual([entry]);
  });

  it('is listed for files that exist', () => {
    for (const { what, tests, command, last } of readNotInCi()) {
      expect({ what, command, last }).toEqual({
        what: expect.stringMatching(/./),
        command: expect.stringMatching(/npm|node/),
        last: {
          date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
          commit: expect.stringMatching(/^[0-9a-f]{7,}$/),
          outcome: expect.stringMatching(/./),
        },
      });
      for (const test of tests)
        expect({ test, exists: existsSync(join(root, test.split(': ')[0]!)) }).toEqual({ test, exists: true });
    }
  });
});

describe('the last run of the long tests', () => {
  const root = join(import.meta.dirname, '..', '..');

  it('is kept with its commit, and what each file came to', () => {
    const kept: unknown = JSON.parse(readFileSync(join(root, 'docs/long-tests.json'), 'utf8'));
    expect(kept).toMatchObject({
      command: 'npm run test:long -- --record',
      date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
      commit: expect.stringMatching(/^[0-9a-f]{7,}/),
      node: expect.stringMatching(/^v\d+\./),
      minutes: expect.any(Number),
      passed: expect.any(Number),
      failed: expect.any(Number),
      notRun: expect.any(Array),
    });
    const { files = {} } = kept as { files?: Record<string, object> };
    for (const counts of Object.values(files))
      expect(counts).toEqual({ passed: expect.any(Number), failed: expect.any(Number), notRun: expect.any(Number) });
  });

  it('counts a file that could not be loaded as failed', () => {
    const statuses = ['passed', 'passed', 'failed', 'pending'].map((status) => ({ status }));
    const some = { name: join(root, 'e2e/some.long.ts'), status: 'failed', assertionResults: statuses };
    const none = { name: join(root, 'e2e/none.long.ts'), status: 'failed', assertionResults: [] };
    expect(byFile({ testResults: [some, none] })).toEqual({
      'e2e/some.long.ts': { passed: 2, failed: 1, notRun: 1 },
      'e2e/none.long.ts': { passed: 0, failed: 1, notRun: 0 },
    });
  });
});
