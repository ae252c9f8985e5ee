import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const root = join(import.meta.dirname, '..', '..');
const jest = join(root, 'node_modules/jest/bin/jest.js');
const runner = join(root, 'scripts/jest/shared-modules-runner.mjs');

const files = {
  'package.json': '{"type":"module"}',
  'jest.config.mjs': "export default { testMatch: ['**/*.spec.mjs'], transform: {} };",
  'loaded.mjs': 'globalThis.loaded = (globalThis.loaded ?? 0) + 1;',
  'first.spec.mjs': `import { jest } from '@jest/globals';
import './loaded.mjs';
beforeEach(() => { globalThis.hook = true; });
afterEach(() => { globalThis.hook = false; });
describe('the first', () => {
  it('has its hook', () => expect(globalThis.hook).toBe(true));
  it('fails', () => expect(1).toBe(2));
});`,
  'second.spec.mjs': `import './loaded.mjs';
it('has not the hook of another', () => expect(globalThis.hook).not.toBe(true));
it('loads no module again', () => expect(globalThis.loaded).toBe(1));
it.skip('is not run', () => undefined);`,
  'awaits.spec.mjs': `import './loaded.mjs';
await 0;
it('waits before its tests', () => expect(globalThis.loaded).toBe(1));`,
};

interface Report {
  success: boolean;
  testResults: { name: string; message: string; assertionResults: { fullName: string; status: string }[] }[];
}

describe('specs that are loaded together', () => {
  let folder: string;
  const write = (name: string, text: string) => writeFile(join(folder, name), text);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'agencyos-together-'));
    for (const [name, text] of Object.entries(files)) await write(name, text);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function run() {
    const report = join(folder, 'report.json');
    const args = ['--experimental-vm-modules', jest, '--ci', '-i', '--json', `--outputFile=${report}`, `--runner=${runner}`];
    await new Promise((resolve) => execFile(process.execPath, args, { cwd: folder, env: {} }, resolve));
    const { success, testResults } = JSON.parse(await readFile(report, 'utf8')) as Report;
    const told = testResults.map(({ name, assertionResults }): [string, string[]] => [
      name.slice(folder.length + 1),
      assertionResults.map(({ fullName, status }) => `${fullName}: ${status}`),
    ]);
    return { success, told: Object.fromEntries(told), messages: testResults.map(({ message }) => message).join('\n') };
  }

  it('are told of file by file, keep their hooks, and share their modules', async () => {
    const { success, told, messages } = await run();
    expect(told).toEqual({
      'first.spec.mjs': ['the first has its hook: passed', 'the first fails: failed'],
      'second.spec.mjs': ['has not the hook of another: passed', 'loads no module again: passed', 'is not run: pending'],
      'awaits.spec.mjs': ['waits before its tests: passed'],
    });
    expect(success).toBe(false);
    expect(messages).toContain('the first › fails');
  });

  it('are run alone where one cannot be loaded, which alone has failed then', async () => {
    await write('first.spec.mjs', "import './nowhere.mjs';\nit('is never reached', () => undefined);");
    const { success, told, messages } = await run();
    expect([success, told['first.spec.mjs']]).toEqual([false, []]);
    expect(told['second.spec.mjs']).toHaveLength(3);
    expect(messages).toContain('nowhere.mjs');
  });
});
