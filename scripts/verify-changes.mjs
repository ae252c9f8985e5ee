import { execFileSync } from 'node:child_process';
import { note } from '../supervisor/bin/progress.mjs';
import { projectRoot, TestRun, workspaces } from './test-run.mjs';

/** Integration specs start servers; `npm test -- PROJECT` runs them. */
const UNIT_ONLY = ['--testPathIgnorePatterns', '/node_modules/', '/dist/', '\\.int\\.spec\\.'];

/** @param {string} [since] a commit; without it where this branch left the main one, or what is not committed */
export async function verifyChanges(since = startOfBranch()) {
  const run = new TestRun();
  try {
    await run.installAndBuild();
    const files = changedFiles(since);
    const projects = affectedProjects(since);
    const folders = projects.map(({ folder }) => folder);
    note(`${files.length} files changed since ${since.slice(0, 8)}: ${folders.join(', ') || 'no project'}`);
    if (files.length > 0) await run.check('format', 'prettier', ['--check', '--ignore-unknown', ...files]);
    if (folders.length > 0)
      await run.check('lint', 'eslint', ['--max-warnings', '0', '--cache', '--cache-location', '.cache/eslint/', ...folders]);
    for (const { folder, scripts } of projects) {
      if (scripts.typecheck) await run.check(`typecheck ${folder}`, 'npm', ['run', '--silent', 'typecheck'], { folder });
    }
    for (const { folder, scripts } of projects) {
      if (scripts.test)
        await run.project(folder, 'test', {
          title: `Unit specs of ${folder}`,
          jest: [...UNIT_ONLY, '--passWithNoTests'],
        });
    }
  } catch (error) {
    run.broke(error);
  }
  run.finish();
}

function startOfBranch() {
  for (const main of ['origin/main', 'main']) {
    const base = git('merge-base', 'HEAD', main);
    if (base.length > 0) return base[0];
  }
  return 'HEAD';
}

function changedFiles(since) {
  return [...git('diff', '--name-only', '--diff-filter=d', since), ...git('ls-files', '--others', '--exclude-standard')];
}

/** By Nx, which knows who uses whom. */
function affectedProjects(since) {
  const args = ['show', 'projects', '--affected', `--base=${since}`, '--json'];
  const names = JSON.parse(execFileSync('node_modules/.bin/nx', args, { cwd: projectRoot, encoding: 'utf8' }));
  return workspaces().filter(({ name }) => names.includes(name));
}

/** @returns {string[]} its lines, none where git refuses */
function git(...args) {
  try {
    return execFileSync('git', args, {
      cwd: projectRoot,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
      .split('\n')
      .filter(Boolean);
  } catch {
    return [];
  }
}
