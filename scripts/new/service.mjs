import { Problem } from '../../supervisor/bin/problem.mjs';
import { setsIn } from './aggregates.mjs';
import { contractsOf } from './service-contracts.mjs';
import { sourcesOf } from './service-sources.mjs';
import { pascal } from './names.mjs';
import { copyProject } from './project-files.mjs';

/** A small service that is a good pattern: its project files are taken over. */
const PATTERN = 'services/kanban';

/** `npm run new -- service budget account`: with one command, its event and a view, and its row in the table. */
export function newService(changes, [service, aggregate]) {
  for (const [name, what] of Object.entries({ 'A service': service, 'What it decides about': aggregate })) {
    if (!/^[a-z]{2,30}$/.test(what ?? ''))
      throw new Problem(`${name} needs a name of small letters: npm run new -- service budget account.`);
  }
  if (service === aggregate)
    throw new Problem(`Call what it decides about otherwise than the service: npm run new -- service budget account.`);
  if (setsIn(changes, 'defineCommands').some((set) => set.aggregate === aggregate))
    throw new Problem(`There is an aggregate ${aggregate} already. Take another name.`);
  const names = {
    service,
    aggregate,
    type: pascal(aggregate),
    command: `Open${pascal(aggregate)}`,
    event: `${pascal(aggregate)}Opened`,
  };
  contractsOf(changes, names);
  sourcesOf(changes, names);
  const dependencies = { '@agencyos/contracts': '*', '@agencyos/decider': '*', '@agencyos/runtime': '*' };
  copyProject(changes, PATTERN, `services/${service}`, { name: `@agencyos/${service}`, dependencies });
  addRow(changes, names);
  return ['npm install --ignore-scripts', 'npm run build', 'npm run generate   # the published documents and docker-compose.yml'];
}

/** Before the last row, the gateway's. */
function addRow(changes, { service, aggregate }) {
  const table = changes.edit('contracts/src/installation/installation.ts');
  const rows = table.listOf('services').elements;
  table.insert(rows.at(-2).end, `,\nservice('${service}', { views: ['${aggregate}-list'] })`);
}
