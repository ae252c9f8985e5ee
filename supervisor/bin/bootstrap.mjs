import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from '../../scripts/build.mjs';
import { findBubblewrap } from './bubblewrap.mjs';
import { checkStart } from './checks.mjs';
import { install, isInstalled, projectNode } from './install.mjs';
import { findNatsServer } from './nats-server.mjs';
import { readOptions, usage } from './options.mjs';
import { linkPostgresLibraries } from './postgres-links.mjs';
import { Problem } from './problem.mjs';
import { failed, note, step } from './progress.mjs';
import { stopSignal, watchForStop } from './stop-signal.mjs';

const projectRoot = fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, '');
/** Of a start that somebody interrupted before the supervisor had begun. */
const interruptedCode = 130;

/**
 * Gets everything ready for the supervisor and hands over to it.
 *
 * @param {string[]} argv
 * @param {number} parent pid of who started us
 */
export async function bootstrap(argv, parent) {
  // npm does not pass on a SIGKILL of its own; without npm the shell may well be gone before us
  watchForStop(process.env.npm_command ? parent : undefined);
  try {
    const options = readOptions(argv, projectRoot);
    if (options.help) return void process.stdout.write(usage);
    await prepare(options);
    stopSignal.throwIfAborted();
    await supervise(options);
  } catch (error) {
    end(error);
  }
}

async function prepare(options) {
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
  const onFetch = () => note("Fetching bubblewrap, which isolates commands, from this system's package archive …");
  await findBubblewrap({ projectRoot, onFetch });
  await build(projectRoot);
}

/** Hands over to the supervisor, on the project's Node.js; in this process where that is the one. */
async function supervise({ port, dataDir, repository, replicas, untilReady, demo }) {
  const args = ['--port', String(port), '--data-dir', dataDir, '--repo', repository, '--root', projectRoot];
  if (replicas > 1) args.push('--replicas', String(replicas));
  if (untilReady) args.push('--until-ready');
  if (demo) args.push('--demo');
  const entry = join(projectRoot, 'supervisor/dist/main.js');
  if (Number(process.versions.node.split('.')[0]) >= 24) {
    process.argv = [process.execPath, entry, ...args];
    return void (await import(entry));
  }
  const child = spawn(projectNode(projectRoot), [entry, ...args], {
    stdio: 'inherit',
    env: { ...process.env, AGENCYOS_BOOTSTRAP: String(process.pid) },
  });
  const passOn = () => child.kill(/^SIG/.test(stopSignal.reason) ? stopSignal.reason : 'SIGTERM');
  stopSignal.addEventListener('abort', passOn);
  child.once('error', (error) => end(new Problem(`The supervisor could not be started (${error.message}).`)));
  child.once('exit', (code, signal) => {
    if (signal) failed(`The supervisor was ended by ${signal}; what it had started ends by itself.`);
    process.exit(code ?? 1);
  });
}

function end(error) {
  if (stopSignal.aborted) {
    note(`Stopped before the start was over (${stopSignal.reason}).`);
    process.exit(interruptedCode);
  }
  failed(error instanceof Problem ? error.message : String(error.stack ?? error));
  process.exit(1);
}
