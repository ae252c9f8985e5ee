import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runUntilReported } from '../../scripts/run-until-reported.mjs';

const FOR_EVER = 'setInterval(() => undefined, 1_000)';

// fault 38
describe('a run of tests', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'agencyos-run-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  function run(name: string, script: string, limits: { graceMs: number; limitMs: number }) {
    const report = join(folder, name);
    const code = `const report = () => require('node:fs').writeFileSync(${JSON.stringify(report)}, '{}'); ${script}`;
    return runUntilReported({ program: process.execPath, args: ['-e', code], cwd: folder, env: {}, report, ...limits });
  }

  it('ends with the code of its runner', async () => {
    expect(await run('ordinary', 'report(); process.exitCode = 3', { graceMs: 60_000, limitMs: 60_000 })).toEqual({ code: 3 });
  });

  it('ends though something is open after its report, and says so', async () => {
    const { code, fault } = await run('open', `report(); ${FOR_EVER}`, { graceMs: 0, limitMs: 60_000 });
    expect(code).toBe(1);
    expect(fault).toMatch(/still open/);
  });

  it('ends without a report, and says so', async () => {
    const { code, fault } = await run('silent', FOR_EVER, { graceMs: 60_000, limitMs: 0 });
    expect(code).toBe(1);
    expect(fault).toMatch(/no report/);
  });

  it('fails when its runner cannot be started', async () => {
    const none = { program: join(folder, 'none'), args: [], cwd: folder, env: {}, report: join(folder, 'none.json') };
    expect((await runUntilReported(none)).fault).toMatch(/ENOENT/);
  });
});
