import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { linkPostgresLibraries } from './postgres-links.mjs';
import { Problem } from './problem.mjs';
import { lastLine, runCommand } from './run-command.mjs';

/** Whether the dependencies of the present lock file are installed. */
export function isInstalled(projectRoot) {
  const stamp = stampFile(projectRoot);
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === lockHash(projectRoot);
}

/**
 * Installs exactly what the lock file names, without running any package's scripts. A stamp in node_modules
 * remembers for which lock file, so an interrupted or outdated installation is repeated.
 */
export async function install(projectRoot) {
  const args = ['ci', '--loglevel=error', '--ignore-scripts', '--no-audit', '--no-fund'];
  const result = await runCommand('npm', args, { cwd: projectRoot });
  if (result.code !== 0) throw installProblem(result.stderr || result.stdout);
  await linkPostgresLibraries(projectRoot);
  await writeFile(stampFile(projectRoot), lockHash(projectRoot));
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

function lockHash(projectRoot) {
  return createHash('sha256')
    .update(readFileSync(join(projectRoot, 'package-lock.json')))
    .digest('hex');
}

function stampFile(projectRoot) {
  return join(projectRoot, 'node_modules/.agencyos-lock-hash');
}
