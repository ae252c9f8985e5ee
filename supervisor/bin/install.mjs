import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from './problem.mjs';
import { lastLine, runCommand } from './run-command.mjs';

/**
 * Whether what the lock file names is installed, whoever did it. npm keeps its own record in node_modules and
 * writes it last, so an interrupted or outdated installation is recognised and repeated.
 */
export function isInstalled(projectRoot) {
  const record = join(projectRoot, 'node_modules/.package-lock.json');
  if (!existsSync(record)) return false;
  const { packages: installed } = JSON.parse(readFileSync(record, 'utf8'));
  const { packages: wanted } = JSON.parse(readFileSync(join(projectRoot, 'package-lock.json'), 'utf8'));
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.includes('node_modules/')) return true; // the workspace's own projects
    const present = installed[path];
    // packages for other platforms are in the lock file too
    if (!present) return entry.optional === true;
    return present.version === entry.version && present.integrity === entry.integrity;
  });
}

/** Installs exactly what the lock file names, without running any package's scripts. */
export async function install(projectRoot) {
  const args = ['ci', '--loglevel=error', '--ignore-scripts', '--no-audit', '--no-fund'];
  const result = await runCommand('npm', args, { cwd: projectRoot });
  if (result.code !== 0) throw installProblem(result.stderr || result.stdout);
}

/** Path of the Node.js that runs the product: the installed one, or this one where none is packaged. */
export function projectNode(projectRoot) {
  const packaged = join(projectRoot, 'node_modules/.bin/node');
  return existsSync(packaged) ? packaged : process.execPath;
}

function installProblem(output) {
  const reason = lastLine(output.replace(/^npm error (A complete log|.*\.log$).*$/gm, ''));
  if (/ENOSPC/.test(output)) return new Problem('The disk is full: make room and start again.');
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|network/i.test(output)) {
    return new Problem('The dependencies could not be downloaded: check the network and start again.');
  }
  return new Problem(`\`npm ci\` failed (${reason}): run it by hand to see why, then start again.`);
}
