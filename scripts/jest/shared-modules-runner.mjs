import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import TestRunner from 'jest-runner';
import { nameIn, resultsByFile } from './results-by-file.mjs';

/** What `require` cannot load, or what changes the modules of others. */
const ALONE = /^(?:(?:export )?(?:const|let) [^=]+= )?await |jest\.(?:unstable_mockModule|resetModules|isolateModules)/m;
const STARTS_SERVERS = /\.int\.spec\.ts$/;

/**
 * jest's own runner loads all modules again for each file of tests, which for most specs takes a hundred times what their
 * tests take. This one puts the specs of a project into a few files, each in a `describe` of its own, so that hooks stay
 * theirs, and tells of each file as if it had been run alone. `npm test` runs so; one project's specs by hand do not.
 */
export default class SharedModulesRunner extends TestRunner {
  /** @type {Map<string, import('@jest/test-result').Test[]>} by the path of the file that loads them */
  #together = new Map();
  /** Of those that could not be loaded so: alone, jest says which one it is, and why. */
  #apart = [];

  async runTests(tests, watcher, options) {
    const folder = await mkdtemp(join(tmpdir(), 'agencyos-specs-'));
    try {
      await super.runTests(await this.#grouped(tests, folder), watcher, options);
      if (this.#apart.length > 0) await super.runTests(this.#apart, watcher, options);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  on(name, listener) {
    return super.on(name, async ([test, outcome]) => {
      const path = test.path ?? test;
      const tests = this.#together.get(path);
      if (!tests) return listener([test, outcome]);
      if (name === 'test-file-start') for (const one of tests) await listener([one]);
      if (name === 'test-file-failure' || outcome?.testExecError) this.#apart.push(...tests);
      else if (name === 'test-file-success')
        for (const [one, result] of resultsByFile(tests, outcome, this._globalConfig)) await listener([one, result]);
    });
  }

  async #grouped(tests, folder) {
    const groups = { unit: [], servers: [] };
    const alone = [];
    for (const test of tests) {
      if (ALONE.test(await readFile(test.path, 'utf8'))) alone.push(test);
      else groups[STARTS_SERVERS.test(test.path) ? 'servers' : 'unit'].push(test);
    }
    const together = Object.entries(groups).filter(([, { length }]) => length > 1);
    for (const [name, members] of together) {
      const path = join(folder, `${name}.cjs`);
      await writeFile(path, loads(members));
      this.#together.set(path, members);
    }
    const few = Object.values(groups).flatMap((members) => (members.length === 1 ? members : []));
    return [...together.map(([name, [{ context }]]) => ({ context, path: join(folder, `${name}.cjs`) })), ...alone, ...few];
  }
}

const loads = (tests) => `
for (const [name, path] of ${JSON.stringify(tests.map((test) => [nameIn(test), test.path]))}) describe(name, () => void require(path));
`;
