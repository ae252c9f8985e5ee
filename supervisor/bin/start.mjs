#!/usr/bin/env node
// `npm start`: from a fresh clone to a running installation. Needs nothing but Node.js 20 and git.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from '../../scripts/build.mjs';
import { checkStart } from './checks.mjs';
import { install, isInstalled, projectNode } from './install.mjs';
import { findNatsServer } from './nats-server.mjs';
import { readOptions, usage } from './options.mjs';
import { linkPostgresLibraries } from './postgres-links.mjs';
import { Problem } from './problem.mjs';
import { failed, note, step } from './progress.mjs';

const projectRoot = fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, '');
const parent = process.ppid;

async function main() {
  const options = readOptions(process.argv.slice(2), projectRoot);
  if (options.help) return process.stdout.write(usage);
  await step('This machine has what is needed', () => checkStart(options, projectRoot));
  if (!isInstalled(projectRoot)) {
    const announce = 'Installing the dependencies (about a minute) …';
    await step('Dependencies are installed', () => install(projectRoot), { announce });
  }
  await linkPostgresLibraries(projectRoot);
  if (!process.env.NATS_URL) {
    const onFetch = () => note("Fetching a NATS server from this system's package archive …");
    const cacheDir = join(projectRoot, '.cache');
    await step(
      ({ version }) => `NATS server ${version}`,
      () => findNatsServer({ cacheDir, onFetch }),
    );
  }
  await build(projectRoot);
  await supervise(options);
}

/** Hands over to the supervisor, on the project's Node.js; in this process where that is the one. */
async function supervise({ port, dataDir, repository, untilReady, demo }) {
  const args = ['--port', String(port), '--data-dir', dataDir, '--repo', repository, '--root', projectRoot];
  if (untilReady) args.push('--until-ready');
  if (demo) args.push('--demo');
  const entry = join(projectRoot, 'supervisor/dist/main.js');
  if (Number(process.versions.node.split('.')[0]) >= 24) {
    process.argv = [process.execPath, entry, ...args];
    return void (await import(entry));
  }
  const child = spawn(projectNode(projectRoot), [entry, ...args], {
    stdio: 'inherit',
    env: { ...process.env, AGENCYOS_BOOTSTRAP: '1' },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  // npm forwards no SIGKILL of itself; its disappearance is seen here, ours in the supervisor.
  if (process.env.npm_command) {
    setInterval(() => process.ppid !== parent && child.kill('SIGTERM'), 250).unref();
  }
  child.once('error', (error) => end(new Problem(`The supervisor could not be started (${error.message}).`)));
  child.once('exit', (code, signal) => {
    if (signal) failed(`The supervisor was ended by ${signal}; what it had started ends by itself.`);
    process.exit(code ?? 1);
  });
}

function end(error) {
  failed(error instanceof Problem ? error.message : String(error.stack ?? error));
  process.exit(1);
}

main().catch(end);
