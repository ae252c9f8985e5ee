import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { note } from '../supervisor/bin/progress.mjs';
import { changedFiles, startOfBranch } from './changed-files.mjs';
import { filesOf, serverSpecs, specPattern } from './mutation/folders.mjs';
import { projectRoot, sharedModules, TestRun, workspaces } from './test-run.mjs';

/** Those that start servers are for `npm test -- PROJECT`. */
const unitOnly = (folder) => [
  ...['--testPathIgnorePatterns', '/node_modules/', '/dist/', '\\.int\\.spec\\.'],
  ...serverSpecs(filesOf(projectRoot), folder, projectRoot).map(specPattern),
];

/** @param {string} [since] a commit; without it where this branch left the main one, or what is not committed */
export async function verifyChanges(since = startOfBranch(projectRoot)) {
  const run = new TestRun();
  try {
    await run.installAndBuild();
    const files = changedFiles(projectRoot, since).filter((file) => existsSync(join(projectRoot, file)));
    const projects = affectedProjects(since);
    const folders = projects.map(({ folder }) => folder);
    note(`${files.length} files changed since ${since.slice(0, 8)}: ${folders.join(', ') || 'no project'}`);
    if (files.length > 0) await run.check('format', 'prettier', ['--check', '--ignore-unknown', ...files]);
    if (folders.length > 0) {
      await run.check('lint', 'eslint', ['--max-warnings', '0', '--cache', '--cache-location', '.cache/eslint/', ...folders]);
      await run.check('lint that needs types', 'oxlint', ['--type-aware', ...folders]);
    }
    for (const { folder, scripts } of projects) {
      if (scripts.typecheck) await run.check(`typecheck ${folder}`, 'npm', ['run', '--silent', 'typecheck'], { folder });
    }
    for (const { folder, scripts } of projects) {
      if (scripts.test)
        await run.project(folder, 'test', {
          title: `Unit specs of ${folder}`,
          jest: [...sharedModules, ...unitOnly(folder), '--passWithNoTests'],
        });
    }
  } catch (error) {
    run.broke(error);
  }
  run.finish();
}

/** By Nx, which knows who uses whom. */
function affectedProjects(since) {
  const args = ['show', 'projects', '--affected', `--base=${since}`, '--json'];
  const names = JSON.parse(execFileSync('node_modules/.bin/nx', args, { cwd: projectRoot, encoding: 'utf8' }));
  return workspaces().filter(({ name }) => names.includes(name));
}
