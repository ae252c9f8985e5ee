// docs/mutation.json: the last score of each folder, with its commit. One that was never run says so.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FLOOR, scoreOf } from './score.mjs';

const LEGEND = {
  timeout: 'mutants for which a test waited in vain: counted as seen',
  noCoverage: 'mutants that no unit spec runs: counted as not seen',
  leftOut: 'files that are wiring, or shown by a spec with servers alone',
  minutes: 'as long as it took, on a machine that may have been busy',
};

/** What a run tries, told before it: the folder may change meanwhile. */
export function commitOf(root, folder) {
  const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
  const changed = git('status', '--porcelain', '--untracked-files=no', '--', folder) !== '';
  return `${git('rev-parse', '--short', 'HEAD')}${changed ? ', with changes' : ''}`;
}

/** @param {Map<string, {mutated: string[], leftOut: string[]}>} folders all there are */
export async function record(root, folders, folder, { killed, timeout, survived, noCoverage, minutes, commit }) {
  const file = join(root, 'docs/mutation.json');
  const before = existsSync(file) ? JSON.parse(await readFile(file, 'utf8')).folders : {};
  const { mutated, leftOut } = folders.get(folder);
  const entry = {
    score: scoreOf({ killed, timeout, survived, noCoverage }) ?? null,
    ...{ killed, timeout, survived, noCoverage },
    files: mutated.length,
    leftOut: leftOut.map((one) => one.slice(folder.length + 1)),
    minutes,
    date: new Date().toISOString().slice(0, 10),
    commit,
  };
  const entries = [...folders.keys()].map((name) => [name, name === folder ? entry : (before[name] ?? 'not run')]);
  const kept = {
    command: 'npm run mutation -- --record [FOLDER…]',
    floor: FLOOR,
    legend: LEGEND,
    folders: Object.fromEntries(entries),
  };
  await writeFile(file, `${JSON.stringify(kept, null, 2)}\n`);
}
