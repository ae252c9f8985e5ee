import * as contracts from '../../contracts/dist/index.js';
import { commands } from '../../cli/dist/commands/index.js';
import { helpOf, overview } from '../../cli/dist/help.js';
import { cliPage } from './reference/cli.mjs';
import { commandsPage, eventsPage, refusalsPage } from './reference/contracts.mjs';
import { settingsPage } from './reference/settings.mjs';
import { workflowPage } from './reference/workflow.mjs';

/** The pages that nobody writes by hand: path → text. The same sources always give the same pages. */
export function referencePages(projectRoot) {
  const texts = {
    commands: commandsPage(contracts),
    events: eventsPage(contracts),
    refusals: refusalsPage(contracts),
    workflow: workflowPage(contracts),
    cli: cliPage({ commands, overview, helpOf }),
    settings: settingsPage(projectRoot),
  };
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [`docs/reference/${name}.md`, `${text.trim()}\n`]));
}
