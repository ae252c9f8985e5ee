#!/usr/bin/env node
// Builds every project: one `tsc -b` for all Node projects, `ng build` for the dashboard. What did not change
// since the last build is not built again.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { projectNode } from '../supervisor/bin/install.mjs';
import { Problem } from '../supervisor/bin/problem.mjs';
import { failed, note, step } from '../supervisor/bin/progress.mjs';
import { runCommand } from '../supervisor/bin/run-command.mjs';
import { compressFiles } from './compress.mjs';

const nodeFolders = ['contracts', 'libs/*', 'services/*', 'gateway', 'agents/*', 'cli', 'supervisor', 'benchmarks'];
/** What only tests and benchmarks use, what only the image has beside the product, and the projects that they use. */
const forTests = 'libs/testing';
const forImage = 'k8s';
const usedForTests = ['contracts', 'libs/decider', 'libs/schedule', 'supervisor'];
const skipped = new Set(['node_modules', 'dist', '.angular', '.cache', 'coverage']);

/**
 * @param {{tests?: boolean}} [also] with `tests`, what only they use as well
 * @throws {Problem} with the compiler's own words when the sources do not compile
 */
export async function build(projectRoot, { tests = false } = {}) {
  const folders = nodeProjects(projectRoot);
  const product = folders.filter((folder) => folder !== forTests);
  await buildNodeProjects(projectRoot, 'Services', product);
  // The image has none of them.
  const besides = [forTests, forImage].filter((folder) => existsSync(join(projectRoot, folder, 'src')));
  if (tests && besides.length > 0) await buildNodeProjects(projectRoot, 'Test servers', besides, usedForTests);
  await buildDashboard(projectRoot);
  await buildDocumentation(projectRoot);
}

async function buildNodeProjects(projectRoot, what, folders, used = []) {
  const name = what.toLowerCase();
  const configs = folders.map((folder) => `${folder}/tsconfig.build.json`);
  const compiler = 'node_modules/typescript7/bin/tsc';
  const outputs = folders.map((folder) => join(projectRoot, folder, 'dist/.tsbuildinfo'));
  const inputs = [...folders, ...used].flatMap((folder) => [join(folder, 'src'), join(folder, 'tsconfig.build.json')]);
  await whenChanged(projectRoot, name.replace(' ', '-'), [...inputs, 'tsconfig.base.json', 'package-lock.json'], outputs, () =>
    step(`${what} are built`, async () => {
      const result = await runCommand(projectNode(projectRoot), [compiler, '-b', ...configs], {
        cwd: projectRoot,
      });
      if (result.code !== 0) throw notBuilt(name, result);
    }),
  );
}

async function buildDashboard(projectRoot) {
  if (!existsSync(join(projectRoot, 'dashboard/angular.json'))) return;
  const output = join(projectRoot, 'dashboard/dist/browser/index.html');
  const inputs = [
    'dashboard',
    'contracts/src',
    'libs/client/src',
    'scripts/compress.mjs',
    'tsconfig.base.json',
    'package-lock.json',
  ];
  await whenChanged(projectRoot, 'dashboard', inputs, [output], () =>
    step(
      'Dashboard is built',
      async () => {
        const env = { ...process.env, NG_CLI_ANALYTICS: 'false', NO_COLOR: '1' };
        const ng = join(projectRoot, 'node_modules/@angular/cli/bin/ng.js');
        const cwd = join(projectRoot, 'dashboard');
        const result = await runCommand(projectNode(projectRoot), [ng, 'build'], { cwd, env });
        if (result.code !== 0) throw notBuilt('dashboard', result);
        await compressFiles(join(cwd, 'dist/browser'));
      },
      { announce: 'Building the dashboard …' },
    ),
  );
}

async function buildDocumentation(projectRoot) {
  if (!existsSync(join(projectRoot, 'docs/README.md'))) return;
  const { buildDocs } = await import('./docs/build-docs.mjs');
  const { readPages } = await import('./docs/pages.mjs');
  // What it shows, among it files from elsewhere, and with what.
  const pages = readPages(projectRoot).map(({ path }) => path);
  const inputs = [...pages, 'docs/images', 'scripts/docs', 'scripts/compress.mjs', 'dashboard/src/styles/tokens.css'];
  const output = join(projectRoot, 'docs/dist/index.html');
  await whenChanged(projectRoot, 'documentation', [...inputs, 'package-lock.json'], [output], () =>
    step('Documentation is built', () => buildDocs(projectRoot)),
  );
}

/** Folders of the Node projects that have sources. */
export function nodeProjects(projectRoot) {
  const folders = nodeFolders.flatMap((pattern) => {
    if (!pattern.endsWith('/*')) return [pattern];
    const parent = pattern.slice(0, -2);
    return readdirSync(join(projectRoot, parent)).map((name) => `${parent}/${name}`);
  });
  return folders.filter(
    (folder) => existsSync(join(projectRoot, folder, 'tsconfig.build.json')) && hasSources(join(projectRoot, folder, 'src')),
  );
}

function hasSources(folder) {
  return existsSync(folder) && readdirSync(folder, { recursive: true }).some((name) => String(name).endsWith('.ts'));
}

/** Runs `action` unless the inputs' hash is that of the last success and the outputs are still there. */
async function whenChanged(projectRoot, name, inputs, outputs, action) {
  const stamp = join(projectRoot, '.cache/build', `${name}.hash`);
  const hash = hashOf(projectRoot, inputs);
  const last = existsSync(stamp) ? readFileSync(stamp, 'utf8') : '';
  if (last === hash && outputs.every((path) => existsSync(path))) return;
  await rm(stamp, { force: true });
  await action();
  await mkdir(join(projectRoot, '.cache/build'), { recursive: true });
  await writeFile(stamp, hash);
}

function hashOf(projectRoot, inputs) {
  const hash = createHash('sha256');
  const add = (path) => {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (!stat) return;
    if (stat.isDirectory()) {
      for (const name of readdirSync(path).sort()) if (!skipped.has(name)) add(join(path, name));
    } else hash.update(relative(projectRoot, path)).update('\0').update(readFileSync(path)).update('\0');
  };
  for (const input of inputs) add(join(projectRoot, input));
  return hash.digest('hex');
}

function notBuilt(what, { stdout, stderr }) {
  return new Problem(`The ${what} could not be built:\n${(stdout + stderr).trim()}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const projectRoot = fileURLToPath(new URL('../', import.meta.url)).replace(/\/$/, '');
  build(projectRoot, { tests: true }).then(
    () => note('Everything is built.'),
    (error) => {
      failed(error instanceof Problem ? error.message : error.stack);
      process.exit(1);
    },
  );
}
