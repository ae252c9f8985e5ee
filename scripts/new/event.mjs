import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { Problem } from '../../supervisor/bin/problem.mjs';
import { findAggregate, takenNames } from './aggregates.mjs';
import { ruleOf } from './decider.mjs';
import { eventMembers, fieldsOf, samplesOf } from './fields.mjs';
import { writtenSince } from './level.mjs';
import { requirePascal } from './names.mjs';

/** `npm run new -- event board ColumnRenamed columnId:id name:text` */
export function newEvent(changes, [aggregateName, name, ...fields]) {
  requirePascal(name, 'An event');
  return addEvent(changes, findAggregate(changes, aggregateName), name, fieldsOf(fields));
}

/** Schema, fixture, the state's fold, and a handler in every projection of the aggregate. */
export function addEvent(changes, aggregate, name, fields) {
  if (takenNames(changes).includes(name)) throw new Problem(`There is a ${name} already, and names of events are for ever.`);
  const { edit, types } = aggregate.events;
  const members = [...idMember(aggregate.events, aggregate), ...eventMembers(edit, fields)];
  edit.append(types, `${name}: z.object({ ${members.join(', ')} })`);
  writtenSince(changes, aggregate.events, name);
  addFixture(changes, aggregate, name, fields);
  addFold(changes, aggregate, name);
  addHandlers(changes, aggregate, name);
  return [`npm run generate   # the published documents, and the keys of snapshots`];
}

/** `boardId: Id`, with the schema that the id has elsewhere in the set. Where there is only one of them it has none. */
export function idMember({ edit, types }, { idField }) {
  if (!idField) return [];
  const known = edit
    .all((node) => ts.isPropertyAssignment(node) && node.name.getText() === idField)
    .map(({ initializer }) => initializer.getText())
    .filter((schema) => /^[A-Z]\w*$/.test(schema) && schema !== 'MintedId');
  const schema = known.find((one) => types.getText().includes(one)) ?? known[0] ?? 'Id';
  edit.import(schema, '../core/scalars.js');
  return [`${idField}: ${schema}`];
}

/** Data of the fact with which the aggregate begins. */
export function beginningOf(changes, { context, events }) {
  const [first] = events.types.properties;
  const type = first.name.getText();
  const folder = `contracts/fixtures/${context}`;
  const versions = readdirSync(join(changes.root, folder)).filter((file) => file.startsWith(`${type}.v`));
  const last = versions.sort((a, b) => versionOf(a) - versionOf(b)).at(-1);
  return { type, fixture: JSON.parse(changes.read(`${folder}/${last}`)), version: versionOf(last) };
}

const versionOf = (file) => Number(/\.v(\d+)\.json$/.exec(file)?.[1]);

function addFixture(changes, aggregate, name, fields) {
  const { context } = aggregate;
  const { fixture } = beginningOf(changes, aggregate);
  const event = {
    ...fixture,
    id: randomUUID(),
    type: `agencyos.${context}.${name}`,
    dataschema: `urn:agencyos:schema:${context}:${name}:1`,
    streamrevision: fixture.streamrevision + 1,
    position: String(Number(fixture.position) + 1),
    data: samplesOf(aggregate, fields, fixture.data),
  };
  changes.create(`contracts/fixtures/${context}/${name}.v1.json`, `${JSON.stringify(event, null, 2)}\n`);
}

/** A case of `evolve` that leaves the state as it is. */
function addFold(changes, { decider }, name) {
  const { edit, body, parameters, cases } = ruleOf(changes, decider, 'evolve');
  const [state, event] = parameters;
  if (cases) edit.appendCase(cases, `case '${name}':\n return ${state};`);
  else edit.prepend(body, `if (${event}.type === '${name}') return ${state};`);
  changes.leave(edit.path, `how the state changes with ${name}: so far it does not`, name);
}

/** In each `changesBy([boardEvents], {…})`: whoever lists an aggregate's events lists all. */
function addHandlers(changes, { events }, name) {
  for (const path of changes.files('{services/*,gateway}/src/**/*.ts')) {
    if (!changes.read(path).includes('changesBy(')) continue;
    const edit = changes.edit(path);
    for (const { arguments: given } of edit.calls('changesBy')) {
      const [sets, handlers] = given;
      if (!sets.elements?.some((set) => set.getText() === events.set)) continue;
      edit.append(handlers, `${name}: unchanged`);
      edit.import('unchanged', edit.importOf('changesBy'));
      changes.leave(path, `which rows change with ${name}: so far none does`, name);
    }
  }
}
