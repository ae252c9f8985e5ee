// `npm test`: everything that has to hold, from a clean clone, as an ordinary user or as root. Installs what it
// needs, builds, then checks the code and runs every test: unit, integration on real NATS and PostgreSQL, end to
// end in a real browser. Nothing of the output is hidden; the last line counts, what this machine could not run too.
//
//   npm test -- [project…]    only these projects' tests, for example `npm test -- services/kanban e2e`
//   npm test -- --complete    fails, too, where a test was not run that is not in docs/not-in-ci.json
import { failed, note } from '../supervisor/bin/progress.mjs';
import { notInCi } from './not-in-ci.mjs';
import { sharedModules, TestRun, workspaces } from './test-run.mjs';

const COMPLETE = '--complete';

/** @param {string[]} args folders of projects, all where there is none; or `--complete` */
export async function runAllTests(args) {
  const run = new TestRun();
  const only = args.filter((arg) => arg !== COMPLETE);
  try {
    await run.prepare();
    const projects = workspaces();
    const having = (script) =>
      projects.flatMap(({ folder, scripts }) =>
        scripts[script] && (only.length === 0 || only.includes(folder)) ? [folder] : [],
      );
    // What takes longest is begun with; the longest projects stand last in the workspace's list.
    await run.inLanes([
      ...having('e2e').map((folder) => () => run.project(folder, 'e2e', { title: 'End-to-end tests', atOnce: true })),
      ...(only.length === 0 ? checks(run, projects) : []),
      ...having('test')
        .reverse()
        .map((folder) => () => run.project(folder, 'test', { atOnce: true, jest: sharedModules })),
    ]);
    if (args.includes(COMPLETE)) requireComplete(run);
  } catch (error) {
    run.broke(error);
  }
  run.finish();
}

/** What the sources themselves have to satisfy. */
function checks(run, projects) {
  const check = (title, program, args, folder) => () => run.check(title, program, args, { folder, atOnce: true });
  return [
    check('format', 'prettier', ['--check', '--log-level', 'warn', '.']),
    check('lint', 'npm', ['run', '--silent', 'lint']),
    ...projects.flatMap(({ folder, scripts }) =>
      scripts.typecheck ? [check(`typecheck ${folder}`, 'npm', ['run', '--silent', 'typecheck'], folder)] : [],
    ),
  ];
}

/** Where the tests decide something, whoever leaves one out says so in the list. */
function requireComplete(run) {
  const { unexpected, expected } = notInCi(run.notRun);
  for (const { what, command } of expected) note(`Not run here: ${what}. By hand: ${command}`);
  for (const test of unexpected) failed(`Not run, and not in docs/not-in-ci.json: ${test}`);
  run.failed += unexpected.length;
}
