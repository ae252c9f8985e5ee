// One run of Stryker over one folder, in a process of its own.
import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectNode } from '../../supervisor/bin/install.mjs';
import { specPattern } from './folders.mjs';

const stryker = join(import.meta.dirname, 'node_modules/@stryker-mutator/core/bin/stryker.js');
/** What specs neither import nor read. */
const IGNORED = ['dashboard', 'e2e', 'benchmarks', '.cache', '.nx', '.agencyos', 'dist', 'findings', '*.tsbuildinfo'];

/** Hundreds of cases and whole histories take as long as a server. What only they show counts as not shown. */
const SLOW = ['\\.property\\.spec\\.ts$', '/test/(corpus|snapshots)\\.spec\\.ts$'];
const parts = join(import.meta.dirname, 'runtime-parts.mjs');
const WAITED = /Exceeded timeout of [\d,_]+ ms/;

/** @returns {Promise<{killed: number, timeout: number, survived: number, noCoverage: number, left: string[]}>} */
export async function runStryker(folder, mutate, { root, project, withServers, concurrency }) {
  const name = folder.replaceAll('/', '-');
  const cache = join(root, '.cache/mutation');
  const report = join(cache, `${name}.report.json`);
  if (mutate.length === 0) return { killed: 0, timeout: 0, survived: 0, noCoverage: 0, left: [] };
  const config = {
    mutate,
    testRunner: 'jest',
    // As each project's own `test` does.
    testRunnerNodeArgs: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
    jest: {
      configFile: `${project}/jest.config.mjs`,
      config: {
        // Until the first red test, quick specs first. The name has to say that it is jest-circus.
        testRunner: join(import.meta.dirname, 'until-red.jest-circus.mjs'),
        testSequencer: join(import.meta.dirname, 'quick-first.mjs'),
        // A mutant that waits for ever is found out by jest: a process need not be replaced for it.
        testTimeout: 8_000,
        moduleNameMapper: {
          '^(\\.{1,2}/.*)\\.js$': '$1',
          ...(project.startsWith('services/') && { '^@agencyos/runtime(/testing)?$': parts }),
        },
        testPathIgnorePatterns: ['/node_modules/', '/dist/', ...SLOW, ...withServers.map(specPattern)],
      },
    },
    // Loops are found out by their rounds, waits by jest: what is left is a machine that is busy with something else.
    timeoutMS: 60_000,
    coverageAnalysis: 'perTest',
    incremental: true,
    incrementalFile: join(cache, `${name}.incremental.json`),
    tempDirName: '.cache/mutation/sandboxes',
    // What is compiled of others is read where it is; a project may look for its own beside its sources.
    ignorePatterns: [...IGNORED, `!${project}/dist`, `!${project}/dist/**`],
    concurrency,
    reporters: ['json', 'progress-append-only'],
    jsonReporter: { fileName: report },
    checkers: [],
    allowConsoleColors: false,
  };
  await mkdir(cache, { recursive: true });
  const configFile = join(cache, `${name}.config.json`);
  await writeFile(configFile, JSON.stringify(config, null, 2));
  const child = spawn(projectNode(root), [stryker, 'run', configFile], { cwd: root, stdio: 'inherit' });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  if (code !== 0) throw new Error(`Stryker ended with ${code} in ${folder}: its own words stand above`);
  return counted(JSON.parse(await readFile(report, 'utf8')));
}

function counted({ files }) {
  const outcome = { killed: 0, timeout: 0, survived: 0, noCoverage: 0, left: [] };
  const names = { Killed: 'killed', Timeout: 'timeout', Survived: 'survived', NoCoverage: 'noCoverage' };
  for (const [file, { mutants }] of Object.entries(files)) {
    for (const { status, statusReason, mutatorName, location, replacement } of mutants) {
      // What a test that waited shows depends on how long it may wait, so it is told apart.
      const counter = status === 'Killed' && WAITED.test(statusReason ?? '') ? 'timeout' : names[status];
      if (counter) outcome[counter]++;
      if (status === 'Survived' || status === 'NoCoverage') {
        outcome.left.push(
          `${file}:${location.start.line} ${mutatorName} ${replacement?.replace(/\s+/g, ' ').slice(0, 80) ?? ''} (${status})`,
        );
      }
    }
  }
  return outcome;
}
