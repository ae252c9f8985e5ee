import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { delimiter, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { install, isInstalled, projectNode } from '../supervisor/bin/install.mjs';
import { findNatsServer } from '../supervisor/bin/nats-server.mjs';
import { linkPostgresLibraries } from '../supervisor/bin/postgres-links.mjs';
import { Problem } from '../supervisor/bin/problem.mjs';
import { done, failed, note, step } from '../supervisor/bin/progress.mjs';
import { runCommand } from '../supervisor/bin/run-command.mjs';
import { build } from './build.mjs';
import { findChromium } from './chromium.mjs';
import { runUntilReported } from './run-until-reported.mjs';

export const projectRoot = fileURLToPath(new URL('../', import.meta.url)).replace(/\/$/, '');
const reports = join(projectRoot, '.cache/test');

/** For jest: the specs of a project load their modules once. */
export const sharedModules = ['--runner', join(projectRoot, 'scripts/jest/shared-modules-runner.mjs')];

/** Checks and tests, nothing of their output hidden, and what they came to. */
export class TestRun {
  passed = 0;
  failed = 0;
  /** Tests that this machine could not run: `file: name`. */
  notRun = [];
  /** What each file of tests came to. */
  files = {};

  /** Installs and builds: enough for checks and unit specs. */
  async installAndBuild() {
    if (!isInstalled(projectRoot, { tests: true })) {
      const announce = 'Installing the dependencies (about a minute) …';
      await step('Dependencies are installed', () => install(projectRoot, { tests: true }), { announce });
    }
    await linkPostgresLibraries(projectRoot);
    await build(projectRoot, { tests: true });
    await rm(reports, { recursive: true, force: true });
    await mkdir(reports, { recursive: true });
    this.env = {
      ...process.env,
      PATH: [join(projectRoot, 'node_modules/.bin'), process.env.PATH].join(delimiter),
    };
  }

  /** What every test needs: a NATS server and a browser, too. */
  async prepare() {
    await this.installAndBuild();
    const onFetchNats = () => note("Fetching a NATS server from this system's package archive …");
    const nats = { cacheDir: join(projectRoot, '.cache'), onFetch: onFetchNats };
    await step(
      ({ version }) => `NATS server ${version}`,
      () => findNatsServer(nats),
    );
    const onFetch = (how) => note(`Getting a Chromium: ${how} …`);
    const chromium = await step(
      (found) => `Chromium ${found}`,
      () => findChromium({ projectRoot, onFetch }),
    );
    this.env.CHROMIUM = chromium;
  }

  /** A command that says by its exit code whether all is well. */
  async check(title, program, args, { folder = '.', env = {}, atOnce = false } = {}) {
    const startedAt = performance.now();
    const { code, said } = await run(program, args, { env: { ...this.env, ...env }, folder, atOnce });
    process.stderr.write(said);
    this[code === 0 ? 'passed' : 'failed'] += 1;
    if (code === 0) done(title, startedAt);
    else failed(`${title} failed`);
  }

  /**
   * Two at a time: most tests wait for servers more than they compute.
   * @param {(() => Promise<void>)[]} jobs
   */
  async inLanes(jobs) {
    const waiting = [...jobs];
    const lane = async () => {
      for (let job; (job = waiting.shift()) !== undefined;) await job();
    };
    await Promise.all([lane(), lane()]);
  }

  /**
   * One project's jest, counted by its report; a run without a report counts as one failure. What it says is passed on
   * as it comes, or `atOnce` at its end, where another runs beside it.
   */
  async project(folder, script, { title = `Tests of ${folder}`, jest = [], env = {}, atOnce = false } = {}) {
    note(`${title} …`);
    const startedAt = performance.now();
    const report = join(reports, `${title.replace(/\W+/g, '-')}.json`);
    const args = ['run', '--silent', script, '--', '--ci', '--json', `--outputFile=${report}`, ...jest];
    const cwd = join(projectRoot, folder);
    const said = [];
    const say = (text) => (atOnce ? said.push(text) : process.stderr.write(text));
    const { code, fault } = await runUntilReported({
      program: 'npm',
      args,
      cwd,
      env: { ...this.env, ...env },
      report,
      say,
    });
    process.stderr.write(Buffer.concat(said));
    if (fault) await this.endLeftovers(folder);
    const result = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : undefined;
    const failures = (result?.numFailedTests ?? 0) + (result?.numRuntimeErrorTestSuites ?? 0);
    const skipped = result ? notRunOf(result) : [];
    this.passed += result?.numPassedTests ?? 0;
    this.failed += failures === 0 && code !== 0 ? 1 : failures;
    this.notRun.push(...skipped);
    if (result) Object.assign(this.files, byFile(result));
    const counted = `${result?.numPassedTests ?? 0} passed${skipped.length > 0 ? `, ${skipped.length} not run` : ''}`;
    if (code === 0) done(`${folder}: ${counted}`, startedAt);
    else failed(`${folder}: ${failures || 'its run'} failed${fault ? ` (${fault})` : ''}`);
  }

  /** What a run that had to be ended could no longer end itself. */
  async endLeftovers(folder) {
    const ends = './support/end-leftovers.mjs';
    const cwd = join(projectRoot, folder);
    if (!existsSync(join(cwd, ends))) return;
    const { stderr } = await runCommand(projectNode(projectRoot), ['-e', `import('${ends}').then((file) => file.default())`], {
      cwd,
    });
    process.stderr.write(stderr);
  }

  /** A fault of the run itself. */
  broke(error) {
    this.failed += 1;
    failed(error instanceof Problem ? error.message : String(error.stack ?? error));
  }

  /** Says what it came to, in one last line, and ends this process. */
  finish() {
    const notRun = this.notRun.length > 0 ? `, ${this.notRun.length} not run` : '';
    console.log(`${this.passed} passed, ${this.failed} failed${notRun}`);
    process.exit(this.failed === 0 ? 0 : 1);
  }
}

/** @returns {string[]} `file: name` of each test that jest passed over, by its report */
export function notRunOf({ testResults }) {
  return testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'pending')
      .map(({ fullName }) => `${relative(projectRoot, name)}: ${fullName}`),
  );
}

/** @returns {Record<string, {passed: number, failed: number, notRun: number}>} a file that could not be loaded has failed once */
export function byFile({ testResults }) {
  const outcome = ({ status, assertionResults }) => {
    const count = (wanted) => assertionResults.filter((one) => one.status === wanted).length;
    const unloaded = status === 'failed' && assertionResults.length === 0 ? 1 : 0;
    return { passed: count('passed'), failed: count('failed') + unloaded, notRun: count('pending') };
  };
  return Object.fromEntries(testResults.map((result) => [relative(projectRoot, result.name), outcome(result)]));
}

/** The workspace's projects in the order of the root's list. */
export function workspaces() {
  const { workspaces: patterns } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'));
  return patterns
    .flatMap((pattern) => {
      if (!pattern.endsWith('/*')) return [pattern];
      const parent = pattern.slice(0, -2);
      return readdirSync(join(projectRoot, parent)).map((name) => `${parent}/${name}`);
    })
    .filter((folder) => existsSync(join(projectRoot, folder, 'package.json')))
    .map((folder) => {
      const { name, scripts = {} } = JSON.parse(readFileSync(join(projectRoot, folder, 'package.json'), 'utf8'));
      return { folder, name, scripts };
    });
}

/** @returns {Promise<{code: number, said: Buffer}>} `said`: what is still to be shown, where it was not as it came */
function run(program, args, { env, folder, atOnce }) {
  return new Promise((resolve) => {
    const output = atOnce ? 'pipe' : 'inherit';
    const child = spawn(program, args, { cwd: join(projectRoot, folder), env, stdio: ['ignore', output, output] });
    const said = [];
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => said.push(text));
    const stop = () => child.kill('SIGTERM');
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop);
    child.once('error', (error) => {
      failed(`${program}: ${error.message}`);
      resolve({ code: 1, said: Buffer.concat(said) });
    });
    child.once('close', (code) => {
      for (const signal of ['SIGINT', 'SIGTERM']) process.removeListener(signal, stop);
      resolve({ code: code ?? 1, said: Buffer.concat(said) });
    });
  });
}
