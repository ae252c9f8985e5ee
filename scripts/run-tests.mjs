// `npm test`: everything that has to hold, from a clean clone, as an ordinary user or as root. Installs what it
// needs, builds, then checks the code and runs every test: unit, integration on real NATS and PostgreSQL, end to
// end in a real browser. Nothing of the output is hidden; the last line counts.
//
//   npm test -- [project…]   only these projects' tests, for example `npm test -- services/kanban e2e`
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { install, isInstalled } from '../supervisor/bin/install.mjs';
import { findNatsServer } from '../supervisor/bin/nats-server.mjs';
import { linkPostgresLibraries } from '../supervisor/bin/postgres-links.mjs';
import { Problem } from '../supervisor/bin/problem.mjs';
import { done, failed, note, step } from '../supervisor/bin/progress.mjs';
import { build } from './build.mjs';
import { findChromium } from './chromium.mjs';
import { runUntilReported } from './run-until-reported.mjs';

const projectRoot = fileURLToPath(new URL('../', import.meta.url)).replace(/\/$/, '');
const reports = join(projectRoot, '.cache/test');
const totals = { passed: 0, failed: 0 };

/** @param {string[]} only folders of projects; all where there is none */
export function runAllTests(only) {
  return main(only).then(() => finish(), finish);
}

async function main(only) {
  const chromium = await prepare();
  const env = {
    ...process.env,
    CHROMIUM: chromium,
    PATH: [join(projectRoot, 'node_modules/.bin'), process.env.PATH].join(delimiter),
  };
  await rm(reports, { recursive: true, force: true });
  await mkdir(reports, { recursive: true });
  const projects = workspaces();
  if (only.length === 0) await runChecks(projects, env);
  for (const project of projects) {
    if (only.length > 0 && !only.includes(project.folder)) continue;
    if (project.scripts.test) await runTests(project, 'test', env);
  }
  for (const project of projects) {
    if (only.length > 0 && !only.includes(project.folder)) continue;
    if (project.scripts.e2e) await runTests(project, 'e2e', env);
  }
}

async function prepare() {
  if (!isInstalled(projectRoot)) {
    const announce = 'Installing the dependencies (about a minute) …';
    await step('Dependencies are installed', () => install(projectRoot), { announce });
  }
  await linkPostgresLibraries(projectRoot);
  const onFetchNats = () => note("Fetching a NATS server from this system's package archive …");
  const nats = { cacheDir: join(projectRoot, '.cache'), onFetch: onFetchNats };
  await step(
    ({ version }) => `NATS server ${version}`,
    () => findNatsServer(nats),
  );
  const onFetch = (how) => note(`Getting a Chromium: ${how} …`);
  const path = await step(
    (found) => `Chromium ${found}`,
    () => findChromium({ projectRoot, onFetch }),
  );
  await build(projectRoot);
  return path;
}

/** What the sources themselves have to satisfy. */
async function runChecks(projects, env) {
  await check('lint', 'npm', ['run', '--silent', 'lint'], env);
  for (const { folder, scripts } of projects) {
    if (scripts.typecheck)
      await check(`typecheck ${folder}`, 'npm', ['run', '--silent', 'typecheck'], env, folder);
  }
}

async function check(title, program, args, env, folder = '.') {
  const startedAt = performance.now();
  const code = await run(program, args, env, folder);
  totals[code === 0 ? 'passed' : 'failed'] += 1;
  if (code === 0) done(title, startedAt);
  else failed(`${title} failed`);
}

/** Runs one project's jest and adds what its report counts; a run without a report counts as one failure. */
async function runTests({ folder }, script, env) {
  note(`${script === 'e2e' ? 'End-to-end tests' : 'Tests'} of ${folder} …`);
  const startedAt = performance.now();
  const report = join(reports, `${folder.replaceAll('/', '-')}-${script}.json`);
  const args = ['run', '--silent', script, '--', '--ci', '--json', `--outputFile=${report}`];
  const cwd = join(projectRoot, folder);
  const { code, fault } = await runUntilReported({ program: 'npm', args, cwd, env, report });
  const result = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : undefined;
  const failures = (result?.numFailedTests ?? 0) + (result?.numRuntimeErrorTestSuites ?? 0);
  totals.passed += result?.numPassedTests ?? 0;
  totals.failed += failures === 0 && code !== 0 ? 1 : failures;
  if (code === 0) done(`${folder}: ${result?.numPassedTests ?? 0} passed`, startedAt);
  else failed(`${folder}: ${failures || 'its run'} failed${fault ? ` (${fault})` : ''}`);
}

function run(program, args, env, folder) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: join(projectRoot, folder), env, stdio: ['ignore', 'inherit', 'inherit'] });
    const stop = () => child.kill('SIGTERM');
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop);
    child.once('error', (error) => {
      failed(`${program}: ${error.message}`);
      resolve(1);
    });
    child.once('exit', (code) => {
      for (const signal of ['SIGINT', 'SIGTERM']) process.removeListener(signal, stop);
      resolve(code ?? 1);
    });
  });
}

/** The workspace's projects in the order of the root's list. */
function workspaces() {
  const { workspaces: patterns } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'));
  return patterns
    .flatMap((pattern) => {
      if (!pattern.endsWith('/*')) return [pattern];
      const parent = pattern.slice(0, -2);
      return readdirSync(join(projectRoot, parent)).map((name) => `${parent}/${name}`);
    })
    .filter((folder) => existsSync(join(projectRoot, folder, 'package.json')))
    .map((folder) => {
      const { scripts = {} } = JSON.parse(readFileSync(join(projectRoot, folder, 'package.json'), 'utf8'));
      return { folder, scripts };
    });
}

function finish(error) {
  if (error) {
    totals.failed += 1;
    failed(error instanceof Problem ? error.message : String(error.stack ?? error));
  }
  console.log(`${totals.passed} passed, ${totals.failed} failed`);
  process.exit(totals.failed === 0 ? 0 : 1);
}
