import { posix } from 'node:path';
import ts from 'typescript';
import { Problem } from '../../supervisor/bin/problem.mjs';
import { findAggregate, projectOf } from './aggregates.mjs';
import { beginningOf, idMember } from './event.mjs';
import { camel, pascal, requireKebab } from './names.mjs';

/** `npm run new -- view wallboard --of board`: a list of the aggregates, with a row for each that has begun. */
export function newView(changes, [kind], { of: aggregateName }) {
  requireKebab(kind, 'A view');
  const aggregate = findAggregate(changes, aggregateName);
  if (!aggregate.idField) throw new Problem(`There is only one ${aggregate.name}, so a list of them says nothing.`);
  const names = { kind, view: `${camel(pascal(kind))}View`, projection: `${camel(pascal(kind))}Projection` };
  addSchema(changes, aggregate, names);
  addProjection(changes, aggregate, names);
  addSpec(changes, aggregate, names);
  addToService(changes, aggregate, names);
  return ['npm run generate   # the published documents'];
}

function addSchema(changes, aggregate, { kind, view }) {
  const { context, name } = aggregate;
  const schemas = changes.edit(`contracts/src/${context}/views.ts`);
  const views = changes.files('contracts/src/*/views.ts').flatMap((path) => changes.edit(path).calls('defineView'));
  if (views.some((call) => call.getText().includes(`kind: '${kind}'`)))
    throw new Problem(`There is a view ${kind} already. Take another name.`);
  schemas.import('z', 'zod');
  schemas.import('defineView', '../core/define.js');
  const [member] = idMember({ edit: schemas, types: schemas.file }, aggregate);
  schemas.insert(
    schemas.text.length,
    `\nexport const ${view} = defineView({
      kind: '${kind}',
      context: '${context}',
      permission: ${permissionOf(schemas)},
      id: 'all',
      rows: { ${name}: z.object({ ${member} }) },
    });\n`,
  );
  const index = changes.edit(`contracts/src/${context}/index.ts`);
  index.append(index.listOf(`${camel(pascal(context))}Views`), view);
  index.import(view, './views.js');
  changes.leave(schemas.path, 'what a row holds, and what one needs to read it', view);
}

/** What the context's other views want. */
function permissionOf(edit) {
  const isPermission = (node) => ts.isPropertyAssignment(node) && node.name.getText() === 'permission';
  return edit.all(isPermission)[0]?.initializer.getText() ?? "'board:read'";
}

function addProjection(changes, aggregate, { kind, view, projection }) {
  const { idField, name, events } = aggregate;
  const { type } = beginningOf(changes, aggregate);
  const others = events.types.properties.map((one) => one.name.getText()).filter((one) => one !== type);
  const path = `${projectOf(aggregate)}/src/views/${kind}.view.ts`;
  changes.create(
    path,
    `import { ${events.set}, ${view} } from '@agencyos/contracts';
import { changesBy, defineProjection${others.length > 0 ? ', unchanged' : ''} } from '@agencyos/runtime';

export const ${projection} = defineProjection([${view}], {
  name: '${kind}',
  version: 1,
  changes: [
    changesBy([${events.set}], {
      ${type}({ data: { ${idField} } }, rows) {
        rows.of(${view}, 'all').put(\`${name}/\${${idField}}\`, { ${idField} });
      },
      ${others.map((one) => `${one}: unchanged,`).join('\n')}
    }),
  ],
});
`,
  );
  changes.leave(path, `what each event changes: so far ${type} alone adds a row`, type);
}

function addSpec(changes, aggregate, { kind, view, projection }) {
  const { context, idField, name } = aggregate;
  const { type, fixture, version } = beginningOf(changes, aggregate);
  changes.create(
    `${projectOf(aggregate)}/src/views/${kind}.view.spec.ts`,
    `import { ${view} } from '@agencyos/contracts';
import { frozenEvents, MemoryRows } from '@agencyos/runtime/testing';
import { expect, it } from '@jest/globals';
import { ${projection} } from './${kind}.view.js';

it('has a row for each ${name}', async () => {
  const [begun] = (await frozenEvents()).filter((history) => history.name === '${type}.v${version}');
  const rows = new MemoryRows();
  await ${projection}.project({ ...begun!.events.at(-1)!, context: '${context}', revision: 0, position: '1' }, rows);
  const ${idField} = '${fixture.data[idField]}';
  expect(await rows.of(${view}, 'all').get(\`${name}/\${${idField}}\`)).toEqual({ ${idField} });
});
`,
  );
}

function addToService(changes, aggregate, { kind, projection }) {
  const project = projectOf(aggregate);
  const service = changes.edit(`${project}/src/service.ts`);
  const [projections] = service.all((node) => ts.isPropertyAssignment(node) && node.name.getText() === 'projections');
  service.append(projections.initializer, projection);
  service.import(projection, `./views/${kind}.view.js`);
  const table = changes.edit('contracts/src/installation/installation.ts');
  const row = table.calls('service').find(({ arguments: given }) => given[0]?.text === posix.basename(project));
  const [views] = table.all((node) => ts.isPropertyAssignment(node) && node.name.getText() === 'views', row);
  table.append(views.initializer, `'${kind}'`);
}
