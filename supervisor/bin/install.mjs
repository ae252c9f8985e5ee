import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from './problem.mjs';
import { lastLine, runCommand } from './run-command.mjs';
import { trimInstallation } from './trim.mjs';

/**
 * Whether what the lock file names is installed, whoever did it. npm keeps its own record in node_modules and
 * writes it last, so an interrupted or outdated installation is recognised and repeated.
 *
 * @param {{tests?: boolean}} [also] with `tests`, what only tests, lint and benchmarks need as well
 */
export function isInstalled(projectRoot, { tests = false } = {}) {
  const installed = recordedPackages(join(projectRoot, record));
  if (!installed) return false;
  const wanted = packagesOf(join(projectRoot, 'package-lock.json'));
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.includes('node_modules/')) return true; // the workspace's own projects
    const present = installed[path];
    // packages for other platforms are in the lock file too
    if (!present) return entry.optional === true || (!tests && (entry.dev === true || entry.devOptional === true));
    return present.version === entry.version && present.integrity === entry.integrity;
  });
}

/**
 * Installs exactly what the lock file names, without running any package's scripts: for who starts the product, what
 * builds and runs it; for `tests` everything. What is there already stays where it is, for a system may be running on it.
 */
export async function install(projectRoot, { tests = false } = {}) {
  const how = isInstalled(projectRoot) ? ['install', '--no-save'] : ['ci'];
  const what = tests ? [] : ['--omit=dev'];
  const args = [...how, ...what, '--loglevel=error', '--ignore-scripts', '--no-audit', '--no-fund'];
  const result = await runCommand('npm', args, { cwd: projectRoot });
  if (result.code !== 0) throw installProblem(result.stderr || result.stdout);
  if (!tests) await trimInstallation(join(projectRoot, 'node_modules'));
}

/** Path of the Node.js that runs the product: the installed one, or this one where none is packaged. */
export function projectNode(projectRoot) {
  const packaged = join(projectRoot, 'node_modules/.bin/node');
  return existsSync(packaged) ? packaged : process.execPath;
}

const record = 'node_modules/.package-lock.json';

function packagesOf(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : undefined;
}

/** As {@link packagesOf}; npm was killed, or the disk was full, while it wrote a record that cannot be read. */
function recordedPackages(file) {
  try {
    return packagesOf(file);
  } catch {
    return undefined;
  }
}

function installProblem(output) {
  const reason = lastLine(output.replace(/^npm error (A complete log|.*\.log$).*$/gm, ''));
  if (/ENOSPC/.test(output)) return new Problem('The disk is full: make room and start again.');
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|network/i.test(output)) {
    return new Problem('The dependencies could not be downloaded: check the network and start again.');
  }
  return new Problem(`\`npm ci\` failed (${reason}): run it by hand to see why, then start again.`);
}
