import { watch } from 'node:fs';
import { join } from 'node:path';
import { projectNode } from '../../supervisor/bin/install.mjs';
import { done, failed, note } from '../../supervisor/bin/progress.mjs';
import { runCommand } from '../../supervisor/bin/run-command.mjs';
import { stopSignal } from '../../supervisor/bin/stop-signal.mjs';
import { nodeProjects } from '../build.mjs';
import { Outputs, usersOf } from './outputs.mjs';

/** Editors write a file in several steps, and several files at once. */
const settleMs = 100;

/** Compiles what is saved, and has the supervisor restart what runs on it. Until everything stops. */
export function watchSources(projectRoot, dataDir) {
  const projects = nodeProjects(projectRoot);
  const outputs = new Outputs(projectRoot, projects);
  let timer;
  let saved = false;
  let compiling = false;
  const compileSaved = async () => {
    if (compiling) return;
    compiling = true;
    while (saved && !stopSignal.aborted) {
      saved = false;
      await compile(projectRoot, dataDir, projects, outputs).catch((error) => {
        if (!stopSignal.aborted) failed(error.message);
      });
    }
    compiling = false;
  };
  const changed = () => {
    saved = true;
    clearTimeout(timer);
    timer = setTimeout(compileSaved, settleMs);
  };
  for (const folder of projects) watch(join(projectRoot, folder, 'src'), { recursive: true, signal: stopSignal }, changed);
}

async function compile(projectRoot, dataDir, projects, outputs) {
  const startedAt = performance.now();
  const configs = projects.map((folder) => `${folder}/tsconfig.build.json`);
  const compiler = 'node_modules/typescript7/bin/tsc';
  const result = await runCommand(projectNode(projectRoot), [compiler, '-b', ...configs], { cwd: projectRoot });
  if (result.code !== 0) {
    outputs.broken = true;
    failed(`It does not compile; what runs goes on as it was.\n${(result.stdout + result.stderr).trim()}`);
    return;
  }
  const changed = outputs.changed();
  if (changed.length === 0 && outputs.broken) done('It compiles again, and is what runs', startedAt);
  outputs.broken = false;
  if (changed.length === 0) return;
  done(`Compiled: ${changed.join(', ')}`, startedAt);
  if (changed.includes('supervisor')) note('The supervisor itself takes its new code with the next `npm run dev`.');
  await restart(projectRoot, dataDir, changed);
}

/** Side by side: they get on without one another. */
async function restart(projectRoot, dataDir, changed) {
  const { localStatus, restartProcess } = await import(join(projectRoot, 'cli/dist/processes.js'));
  const users = await usersOf(projectRoot, changed);
  const { processes } = await localStatus(dataDir);
  const names = processes.flatMap(({ name, replicaOf = name }) => (users.includes(replicaOf) ? [name] : []));
  await Promise.all(
    names.map(async (name) => {
      const startedAt = performance.now();
      const result = await restartProcess(dataDir, name);
      if (result.failed === undefined) done(`${name} runs the new code`, startedAt);
      else failed(`${name}: ${result.failed}. Its log is ${join(dataDir, 'logs', `${name}.log`)}.`);
    }),
  );
}
