// Tries the specs by mistakes planted into what they are about: each must turn a spec red. Specs with servers, and those of
// properties, are left out, so what only they show counts as not shown. Stryker is installed here, beside its own lock
// file, and by this command alone: who only runs the product never downloads it.
//
//   npm run mutation                    files that changed since main
//   npm run mutation -- FOLDER…         whole folders
//   npm run mutation -- --all           every one, overnight
//   … --record                          keeps the scores of whole folders in docs/mutation.json
//   … --concurrency 1                   on a machine that is busy
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runCommand } from '../../supervisor/bin/run-command.mjs';
import { done, failed, note, step } from '../../supervisor/bin/progress.mjs';
import { changedFiles, startOfBranch } from '../changed-files.mjs';
import { filesOf, mutatedFolders, projectOf, projectsOf, serverSpecs } from './folders.mjs';
import { commitOf, record } from './record.mjs';
import { FLOOR, scoreOf } from './score.mjs';
import { runStryker } from './run-stryker.mjs';

const root = join(import.meta.dirname, '../..');

/** @param {string[]} args */
export async function runMutation(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      all: { type: 'boolean' },
      record: { type: 'boolean' },
      concurrency: { type: 'string', default: '2' },
    },
  });
  const files = filesOf(root);
  const withServers = projectsOf(files).flatMap((project) => serverSpecs(files, project, root));
  const folders = mutatedFolders(files, withServers);
  const named = values.all ? [...folders.keys()] : positionals.map((name) => name.replace(/\/$/, ''));
  const unknown = named.filter((folder) => !folders.has(folder));
  if (unknown.length > 0) {
    failed(`Not among the folders: ${unknown.join(', ')}. They are: ${[...folders.keys()].join(', ')}`);
    process.exit(1);
  }
  const isWhole = named.length > 0;
  const asked = isWhole ? named.map((folder) => [folder, folders.get(folder).mutated]) : changedIn(folders);
  if (asked.length === 0) return note('Nothing has changed since main. Name a folder, or take all with --all.');
  await install();
  let below = 0;
  for (const [folder, mutate] of asked) {
    const startedAt = performance.now();
    const commit = commitOf(root, folder);
    const outcome = await runStryker(folder, mutate, {
      root,
      project: projectOf(folder),
      withServers,
      concurrency: Number(values.concurrency),
    });
    const minutes = Math.ceil((performance.now() - startedAt) / 60_000);
    const score = scoreOf(outcome);
    const words = `${folder}: ${score === undefined ? 'nothing to mutate' : `${score} %`}`;
    if (score !== undefined && score < FLOOR) {
      below++;
      for (const mutant of outcome.left) note(mutant);
      failed(`${words}, below ${FLOOR} %: the mutants above turned no spec red`);
    } else done(words, startedAt);
    if (values.record && isWhole) await record(root, folders, folder, { ...outcome, minutes, commit });
  }
  process.exitCode = below === 0 ? 0 : 1;
}

/** By folder: those of the commits since main and of what is not committed, also where only their spec changed. */
function changedIn(folders) {
  const changed = changedFiles(root, startOfBranch(root)).map((file) => file.replace('.spec.ts', '.ts'));
  return [...folders]
    .map(([folder, { mutated }]) => [folder, mutated.filter((file) => changed.includes(file))])
    .filter(([, files]) => files.length > 0);
}

async function install() {
  if (existsSync(join(import.meta.dirname, 'node_modules/.package-lock.json'))) return;
  await step('Stryker is installed', async () => {
    const { code, stderr } = await runCommand('npm', ['ci', '--ignore-scripts', '--loglevel=error'], {
      cwd: import.meta.dirname,
    });
    if (code !== 0) throw new Error(`npm ci failed in scripts/mutation: ${stderr}`);
  });
}
