import { randomUUID } from 'node:crypto';
import { nextLevel, offeredSince } from './level.mjs';

/** What the new service publishes, and its sets in the registry. */
export function contractsOf(changes, names) {
  const { service, aggregate } = names;
  const folder = `contracts/src/${service}`;
  changes.create(`${folder}/${aggregate}-commands.ts`, commands(names, offeredSince(changes)));
  changes.create(`${folder}/${aggregate}-events.ts`, events(names, nextLevel(changes)));
  changes.create(`${folder}/views.ts`, views(names));
  changes.create(`${folder}/index.ts`, index(names));
  changes.create(`contracts/fixtures/${service}/${names.event}.v1.json`, fixture(changes, names));
  addToRegistry(changes, names);
  changes.leave(
    `${folder}/${aggregate}-commands.ts`,
    `what ${names.command} needs to be told, and who may send it`,
    names.command,
  );
}

const commands = ({ service, aggregate, type, command }, since) => `import { z } from 'zod';
import { defineCommands, type CommandOf } from '../core/define.js';
import { limitedText } from '../core/limited.js';
import { alreadyExists } from '../core/refusals.js';
import { MintedId } from '../core/scalars.js';

export const ${aggregate}Commands = defineCommands('${service}', '${aggregate}', '${aggregate}Id', {
  ${command}: {
    permission: ['ops:operate'],
    mints: ['${aggregate}Id'],
    refusals: [alreadyExists],${since}
    data: z.strictObject({ ${aggregate}Id: MintedId, name: limitedText(200) }),
  },
});

export type ${type}Command = CommandOf<typeof ${aggregate}Commands>;
`;

const events = ({ service, aggregate, type, event }, level) => `import { z } from 'zod';
import { defineEvents, type EventOf } from '../core/define.js';
import { Id, Text } from '../core/scalars.js';

export const ${aggregate}Events = defineEvents('${service}', '${aggregate}', {
  ${event}: z.object({ ${aggregate}Id: Id, name: Text }),
}${level === undefined ? '' : `, { since: { ${event}: { 1: { level: ${level} } } } }`});

export type ${type}Event = EventOf<typeof ${aggregate}Events>;
`;

const views = ({ service, aggregate }) => `import { z } from 'zod';
import { defineView } from '../core/define.js';
import { Id, Text } from '../core/scalars.js';

export const ${aggregate}ListView = defineView({
  kind: '${aggregate}-list',
  context: '${service}',
  permission: 'ops:read',
  id: 'all',
  rows: { ${aggregate}: z.object({ ${aggregate}Id: Id, name: Text }) },
});
`;

const index = ({ service, aggregate }) => `import { ${aggregate}Commands } from './${aggregate}-commands.js';
import { ${aggregate}Events } from './${aggregate}-events.js';
import { ${aggregate}ListView } from './views.js';

export * from './${aggregate}-commands.js';
export * from './${aggregate}-events.js';
export * from './views.js';

export const ${service}Events = [${aggregate}Events];
export const ${service}Commands = [${aggregate}Commands];
export const ${service}Views = [${aggregate}ListView];
`;

/** Around it all is as in any other fixture. */
function fixture(changes, { service, aggregate, event }) {
  const [pattern] = changes.files('contracts/fixtures/*/*.json');
  const id = randomUUID();
  const stream = `${aggregate}-${id}`;
  const written = JSON.parse(changes.read(pattern));
  return JSON.stringify({
    ...written,
    id: randomUUID(),
    source: `${written.source.slice(0, written.source.lastIndexOf(':'))}:${service}`,
    type: `agencyos.${service}.${event}`,
    subject: stream,
    dataschema: `urn:agencyos:schema:${service}:${event}:1`,
    streamrevision: 0,
    partitionkey: stream,
    data: { [`${aggregate}Id`]: id, name: 'The first' },
  });
}

function addToRegistry(changes, { service }) {
  const registry = changes.edit('contracts/src/registry.ts');
  const lists = { eventSets: 'Events', commandSets: 'Commands', views: 'Views' };
  for (const [list, ending] of Object.entries(lists)) {
    registry.append(registry.listOf(list), `...${service}${ending}`);
    registry.import(`${service}${ending}`, `./${service}/index.js`);
  }
  registry.exportAll(`./${service}/index.js`);
}
