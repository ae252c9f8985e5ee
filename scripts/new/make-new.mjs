// `npm run new -- KIND …`: what CONTRIBUTING.md says a new thing of that kind consists of, written into the sources. At the end
// it says which files it touched, what a person has to decide in which of them, and what to run.
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Problem } from '../../supervisor/bin/problem.mjs';
import { done, failed, note } from '../../supervisor/bin/progress.mjs';
import { newAgent } from './agent.mjs';
import { Changes } from './changes.mjs';
import { newCommand } from './command.mjs';
import { newEvent } from './event.mjs';
import { newPage } from './page.mjs';
import { newService } from './service.mjs';
import { newView } from './view.mjs';

const USAGE = `npm run new -- command AGGREGATE NAME [FIELD…] --event NAME [--refuses CODE]… [--permission NAME]
npm run new -- event AGGREGATE NAME [FIELD…]
npm run new -- view NAME --of AGGREGATE
npm run new -- service NAME WHAT-IT-DECIDES-ABOUT
npm run new -- agent NAME [--role NAME]…
npm run new -- page NAME [--permission NAME]

A field is name:KIND (id, text, int, flag, time), name?:KIND where it may be absent, name:text:100 for at most 100 characters:
npm run new -- command board RenameColumn columnId:id name:text:100 --event ColumnRenamed --refuses unknown_column`;

const projectRoot = fileURLToPath(new URL('../../', import.meta.url));
const KINDS = { command: newCommand, event: newEvent, view: newView, service: newService, agent: newAgent, page: newPage };

/** @param {string[]} args */
export async function runNew(args) {
  try {
    const { created, changed, left, next } = await makeNew(projectRoot, args);
    for (const path of created) done(`new      ${path}`);
    for (const path of changed) done(`changed  ${path}`);
    console.log('\nNow decide:');
    for (const { place, what } of left) note(`${place}: ${what}`);
    console.log('\nThen:');
    for (const line of [...next, 'npm run verify']) note(line);
  } catch (error) {
    if (!(error instanceof Problem) && !error.code?.startsWith('ERR_PARSE_ARGS')) throw error;
    failed(error.message);
    process.exitCode = 1;
  }
}

/**
 * @param {string} root of the repository
 * @param {string[]} args as on the command line
 * @throws {Problem} where it cannot be done; nothing is written then
 */
export async function makeNew(root, args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      event: { type: 'string' },
      refuses: { type: 'string', multiple: true },
      permission: { type: 'string' },
      of: { type: 'string' },
      role: { type: 'string', multiple: true },
    },
  });
  const [kind, ...rest] = positionals;
  if (!Object.hasOwn(KINDS, kind ?? '')) throw new Problem(USAGE);
  const changes = new Changes(root);
  const next = KINDS[kind](changes, rest, values);
  return { ...(await changes.write()), next };
}
