/** What the new service does: decides, pure, and lists what it has decided. */
export function sourcesOf(changes, names) {
  const { service, aggregate } = names;
  const folder = `services/${service}`;
  changes.create(`${folder}/README.md`, readme(names));
  changes.create(`${folder}/src/main.ts`, main(names));
  changes.create(`${folder}/src/service.ts`, definition(names));
  changes.create(`${folder}/src/refusals.spec.ts`, refusals(changes, names));
  changes.create(`${folder}/src/${aggregate}/${aggregate}.decider.ts`, decider(names));
  changes.create(`${folder}/src/${aggregate}/${aggregate}.decider.spec.ts`, deciderSpec(names));
  changes.create(`${folder}/src/views/${aggregate}-list.view.ts`, view(names));
  changes.create(`${folder}/src/views/${aggregate}-list.view.spec.ts`, viewSpec(names));
  changes.leave(`${folder}/README.md`, 'what it is for', service);
  changes.leave(`${folder}/src/${aggregate}/${aggregate}.decider.ts`, 'what it decides by', 'decide(');
}

const readme = ({ service, aggregate }) => `# ${service}

- **One stream per ${aggregate}** (\`${aggregate}-<Id>\`): \`src/${aggregate}/\` decides, pure.
- **Views**: \`${aggregate}-list\`.

\`npm test\` runs the specs beside the code.
`;

const main = ({ service }) => `import { runService } from '@agencyos/runtime';
import { ${service} } from './service.js';

await runService('${service}', ${service});
`;

const definition = ({ service, aggregate }) => `import { ${aggregate}Commands, ${aggregate}Events } from '@agencyos/contracts';
import type { ServiceDefinition } from '@agencyos/runtime';
import { ${aggregate}Decider } from './${aggregate}/${aggregate}.decider.js';
import { ${aggregate}ListProjection } from './views/${aggregate}-list.view.js';

export const ${service} = (): ServiceDefinition => ({
  name: '${service}',
  aggregates: [{ category: '${aggregate}', commands: ${aggregate}Commands, events: ${aggregate}Events, decider: ${aggregate}Decider }],
  projections: [${aggregate}ListProjection],
});
`;

/** The same for every service. */
const refusals = (changes, { service }) =>
  changes.read('services/kanban/src/refusals.spec.ts').replaceAll('kanbanCommands', `${service}Commands`);

const decider = ({ aggregate, type, command, event }) => `import type { ${type}Command, ${type}Event } from '@agencyos/contracts';
import { type Decider, rejection } from '@agencyos/decider';

export interface ${type} {
  opened: boolean;
}

export const ${aggregate}Decider: Decider<${type}Command, ${type}, ${type}Event> = {
  initialState: { opened: false },
  decide(command, ${aggregate}) {
    switch (command.type) {
      case '${command}':
        if (${aggregate}.opened) throw rejection(command, 'already_exists', { detail: 'There is one with this id already.' });
        return [{ type: '${event}', data: command.data }];
    }
  },
  evolve(${aggregate}, event) {
    switch (event.type) {
      case '${event}':
        return { ...${aggregate}, opened: true };
    }
  },
};
`;

const deciderSpec = ({
  aggregate,
  type,
  command,
  event,
}) => `import { newId, text, type ${type}Command, type ${type}Event } from '@agencyos/contracts';
import { deciderSpec } from '@agencyos/testing/decider';
import { describe, it } from '@jest/globals';
import { ${aggregate}Decider } from './${aggregate}.decider.js';

const given = deciderSpec(${aggregate}Decider);
const data = { ${aggregate}Id: newId(), name: text('The first') };
const open: ${type}Command = { type: '${command}', data };
const opened: ${type}Event = { type: '${event}', data };

describe('${command}', () => {
  it('is recorded', () => given().when(open).then(opened));
  it('is refused twice', () => given(opened).when(open).thenRejected('already_exists'));
});
`;

const view = ({ aggregate, event }) => `import { ${aggregate}Events, ${aggregate}ListView } from '@agencyos/contracts';
import { changesBy, defineProjection } from '@agencyos/runtime';

export const ${aggregate}ListProjection = defineProjection([${aggregate}ListView], {
  name: '${aggregate}-list',
  version: 1,
  changes: [
    changesBy([${aggregate}Events], {
      ${event}({ data }, rows) {
        rows.of(${aggregate}ListView, 'all').put(\`${aggregate}/\${data.${aggregate}Id}\`, data);
      },
    }),
  ],
});
`;

const viewSpec = ({ service, aggregate, event }) => `import { ${aggregate}ListView } from '@agencyos/contracts';
import { frozenEvents, MemoryRows } from '@agencyos/runtime/testing';
import { expect, it } from '@jest/globals';
import { ${aggregate}ListProjection } from './${aggregate}-list.view.js';

it('has a row for each ${aggregate}', async () => {
  const [begun] = (await frozenEvents()).filter((history) => history.name === '${event}.v1');
  const rows = new MemoryRows();
  await ${aggregate}ListProjection.project({ ...begun!.events.at(-1)!, context: '${service}', revision: 0, position: '1' }, rows);
  const [[, row]] = (await rows.of(${aggregate}ListView, 'all').list('${aggregate}')) as [[string, unknown]];
  expect(row).toEqual(begun!.events.at(-1)!.data);
});
`;
