// `npm run dev`: the whole system from the sources as they are. Starts it, or takes the one that runs from this data folder;
// compiles what is saved; has the supervisor restart what runs on it; serves the page with live reload. Ctrl-C ends all that
// it has started.
//
//   npm run dev -- [--port N] [--data-dir PATH] [--page-port N]
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readOptions } from '../../supervisor/bin/options.mjs';
import { Problem } from '../../supervisor/bin/problem.mjs';
import { failed, note } from '../../supervisor/bin/progress.mjs';
import { stopSignal, watchForStop } from '../../supervisor/bin/stop-signal.mjs';
import { servePage } from './page.mjs';
import { runningSystem } from './running-system.mjs';
import { watchSources } from './watch-sources.mjs';

const projectRoot = fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, '');

/**
 * @param {string[]} argv
 * @param {number} parent pid of who started us
 */
export async function runDev(argv, parent) {
  watchForStop(process.env.npm_command ? parent : undefined);
  let system;
  try {
    const options = devOptions(argv);
    system = await runningSystem(projectRoot, options);
    const page = servePage(projectRoot, system.url, options.pagePort);
    watchSources(projectRoot, options.dataDir);
    note(`The page, with live reload: http://127.0.0.1:${options.pagePort} (sign in there, or at ${system.url})`);
    note('Save a file, and what runs on it is compiled and restarted; Ctrl-C ends it.');
    await Promise.race([page, system.ended]);
  } catch (error) {
    if (!stopSignal.aborted) {
      const isSaid = error instanceof Problem || error.code?.startsWith('ERR_PARSE_ARGS');
      failed(isSaid ? error.message : String(error.stack ?? error));
      process.exitCode = 1;
    }
  }
  await system?.stop();
  process.exit();
}

function devOptions(argv) {
  const options = { port: { type: 'string' }, 'data-dir': { type: 'string' }, 'page-port': { type: 'string', default: '4200' } };
  const { 'page-port': page, ...others } = parseArgs({ args: argv, options }).values;
  const pagePort = Number(page);
  if (!Number.isInteger(pagePort) || pagePort < 1 || pagePort > 65535) {
    throw new Problem(`--page-port must be a number from 1 to 65535, not "${page}".`);
  }
  const rest = Object.entries(others).flatMap(([name, value]) => [`--${name}`, value]);
  return { ...readOptions(rest, projectRoot), pagePort };
}
