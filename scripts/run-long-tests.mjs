// `npm run test:long`: what is too slow, or needs too much, for `npm test`. What this machine lacks is counted as not run.
//
//   npm run test:long -- --record   keeps the outcome with its commit in docs/long-tests.json
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { note } from '../supervisor/bin/progress.mjs';
import { nextNatsServer } from './next-nats-server.mjs';
import { projectRoot, TestRun } from './test-run.mjs';

/** @param {string[]} args */
export async function runLongTests(args) {
  const startedAt = performance.now();
  const run = new TestRun();
  try {
    await run.prepare();
    await run.project('supervisor', 'test:long', {
      title: 'The supervisor, the image, and the daily loop: npm run new, npm run dev',
    });
    await run.project('e2e', 'test:long', { title: 'The whole system, in every way that takes its time' });
    await run.project('services/relay', 'test:long', { title: 'The relay on a cluster' });
    await run.project('k8s', 'test:long', { title: 'The chart on a double of a cluster' });
    await onNextNatsServer(run);
    await onKurrentDb(run);
  } catch (error) {
    run.broke(error);
  }
  for (const test of run.notRun) note(`Not run: ${test}`);
  if (args.includes('--record')) await record(run, performance.now() - startedAt);
  run.finish();
}

/** The server of a distribution's next release decides some questions in another order. */
async function onNextNatsServer(run) {
  const server = await nextNatsServer(join(projectRoot, '.cache'));
  const title = 'The relay on a newer NATS server';
  if (!server) return void run.notRun.push(`${title}: NATS_SERVER_NEXT=/path/to/nats-server npm run test:long`);
  const env = { PATH: `${server.folder}:${run.env.PATH}` };
  await run.project('services/relay', 'test', {
    title: `${title} (${server.version})`,
    jest: ['relay.spec'],
    env,
  });
}

/** A real one, started and killed by the tests themselves: docs/eventstoredb.md. */
async function onKurrentDb(run) {
  const { KURRENTDB_URL: url, KURRENTDB_SERVER: servers } = process.env;
  const suites = 'The log on a real KurrentDB';
  if (url)
    await run.project('libs/runtime', 'test', {
      title: suites,
      jest: ['kurrentdb-event-store', 'text-doors'],
    });
  else run.notRun.push(`${suites}: set KURRENTDB_URL`);
  const killed = [
    ['The whole system on a KurrentDB that is killed', (title) => run.project('e2e', 'e2e', { title, jest: ['eventstoredb'] })],
    [
      'Half an hour of writers on a KurrentDB that is killed',
      (title) => {
        const each = servers.split(';').flatMap((command) => ['--server', command.trim()]);
        return run.check(title, 'node', ['benchmarks/soak.mjs', '--minutes', '30', ...each]);
      },
    ],
  ];
  for (const [title, test] of killed) {
    if (url && servers) await test(title);
    else run.notRun.push(`${title}: set KURRENTDB_URL and KURRENTDB_SERVER`);
  }
}

async function record({ passed, failed, notRun, files }, tookMs) {
  const git = (...args) => execFileSync('git', args, { cwd: projectRoot, encoding: 'utf8' }).trim();
  const changed = git('status', '--porcelain', '--untracked-files=no') !== '';
  const outcome = {
    command: 'npm run test:long -- --record',
    date: new Date().toISOString().slice(0, 10),
    commit: `${git('rev-parse', '--short', 'HEAD')}${changed ? ', with changes' : ''}`,
    node: process.version,
    minutes: Number((tookMs / 60_000).toFixed(1)),
    passed,
    failed,
    notRun,
    files,
  };
  await writeFile(join(projectRoot, 'docs/long-tests.json'), `${JSON.stringify(outcome, null, 2)}\n`);
}
