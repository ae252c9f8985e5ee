import { posix } from 'node:path';
import ts from 'typescript';
import { Problem } from '../../supervisor/bin/problem.mjs';
import { findAggregate, takenNames } from './aggregates.mjs';
import { commandSpec } from './command-spec.mjs';
import { commonCodes, decisionTable, ruleOf } from './decider.mjs';
import { addEvent, idMember } from './event.mjs';
import { commandMembers, fieldsOf } from './fields.mjs';
import { offeredSince } from './level.mjs';
import { camel, kebab, requirePascal } from './names.mjs';
import { sortKey } from './source-edit.mjs';

/** `npm run new -- command board RenameColumn columnId:id name:text:100 --event ColumnRenamed --refuses unknown_column` */
export function newCommand(changes, [aggregateName, name, ...args], { event, refuses = [], permission }) {
  requirePascal(name, 'A command');
  requirePascal(event, 'An event');
  const aggregate = findAggregate(changes, aggregateName);
  const taken = takenNames(changes);
  if (taken.includes(name)) throw new Problem(`There is a command ${name} already. Take another name.`);
  const fields = fieldsOf(args);
  const codes = [...new Set([...commonCodes(changes, aggregate.decider), ...refuses])];
  addToContracts(changes, aggregate, { name, fields, codes, permission });
  const isThere = aggregate.events.types.properties.some((one) => one.name.getText() === event);
  const next = isThere ? ['npm run generate'] : addEvent(changes, aggregate, event, fields);
  addDecision(changes, aggregate, { name, event, codes: refuses });
  commandSpec(changes, aggregate, { name, event, fields, codes });
  return next;
}

function addToContracts(changes, aggregate, { name, fields, codes, permission }) {
  const { commands, context } = aggregate;
  const { edit, types } = commands;
  const refusals = codes.map((code) => importRefusal(changes, edit, context, code));
  const members = [...idMember(commands, aggregate), ...commandMembers(edit, fields)].join(', ');
  edit.append(
    types,
    `${name}: {
       permission: [${permissionOf(changes, commands, permission)}],
       refusals: [${refusals.join(', ')}],${offeredSince(changes)}
       data: z.strictObject({ ${members} }),
     }`,
  );
}

/** The one that is asked for, else what most commands of the aggregate want. */
function permissionOf(changes, { edit, types }, wanted) {
  if (wanted) return `'${requirePermission(changes, wanted)}'`;
  const isPermission = (node) => ts.isPropertyAssignment(node) && node.name.getText() === 'permission';
  const said = edit
    .all(isPermission, types)
    .flatMap(({ initializer }) => initializer.elements?.map((one) => one.getText()) ?? []);
  const often = (one) => said.filter((other) => other === one).length;
  return said.toSorted((a, b) => often(b) - often(a))[0] ?? '';
}

/** @throws {Problem} with those that there are */
export function requirePermission(changes, name) {
  const permissions = changes.edit('contracts/src/core/permissions.ts');
  const known = permissions.all((node) => ts.isStringLiteral(node), permissions.listOf('PERMISSIONS')).map(({ text }) => text);
  if (!known.includes(name)) throw new Problem(`There is no permission ${name}. There are ${known.join(', ')}.`);
  return name;
}

/** @returns {string} the name of the refusal with this code: the context's own, else one of all. @throws {Problem} */
function importRefusal(changes, edit, context, code) {
  const homes = {
    './refusals.js': `contracts/src/${context}/refusals.ts`,
    '../core/refusals.js': 'contracts/src/core/refusals.ts',
  };
  for (const [from, path] of Object.entries(homes)) {
    const [call] = changes.files(path).flatMap((file) => {
      const home = changes.edit(file);
      return home.calls('refusal').filter(({ arguments: given }) => given[0]?.text === code);
    });
    if (!call) continue;
    edit.import(call.parent.name.getText(), from);
    return call.parent.name.getText();
  }
  throw new Problem(`No refusal has the code ${code}. Write it into ${homes['./refusals.js']} first, with what it means.`);
}

/** The decision in a file of its own, and the decider's way to it. */
function addDecision(changes, { commands, events, decider }, { name, event, codes }) {
  const { edit } = decider;
  const path = posix.join(posix.dirname(edit.path), `${kebab(name)}.ts`);
  const decide = camel(name);
  const table = decisionTable(decider);
  const rule = ruleOf(changes, decider, 'decide');
  const [command, state] = rule.parameters;
  edit.import(decide, `./${kebab(name)}.js`);
  if (table) edit.append(table.table, `${name}: ${decide}`);
  else if (rule.cases) edit.appendCase(rule.cases, `case '${name}':\n return ${decide}(${command}, ${state});`);
  else edit.prepend(rule.body, `if (${command}.type === '${name}') return ${decide}(${command}, ${state});`);
  const facts = `return [{ type: '${event}', data }];`;
  const about = `/** Records what is asked for as it is. */`;
  if (table) {
    const from = edit.importOf(table.decision);
    const decision = `export const ${decide}: ${table.decision}<'${name}'> = ({ data }) => [{ type: '${event}', data }];`;
    changes.create(path, `import type { ${table.decision} } from '${from}';\n\n${about}\n${decision}\n`);
  } else {
    const { type, imports } = commandType(changes, decider, commands.union, name);
    const contracts = [imports.contracts, events.union].filter(Boolean).join(', ');
    const head = [
      `import type { ${contracts} } from '@agencyos/contracts';`,
      ...[imports.line, stateImport(decider)].sort(bySource),
    ];
    const signature = `export function ${decide}({ data }: ${type}, _${state}: ${decider.state}): ${events.union}[]`;
    changes.create(path, `${head.join('\n')}\n\n${about}\n${signature} {\n  ${facts}\n}\n`);
  }
  const refusals = codes.length > 0 ? `refuse with ${codes.join(', ')}, each in a sentence that says what to do; ` : '';
  changes.leave(path, `${refusals}record nothing where it is so already`, decide);
}

/** `Of<'RenameColumn'>` where a neighbour has it. */
function commandType(changes, { edit }, union, name) {
  const folder = posix.dirname(edit.path);
  const home = changes.files(`${folder}/*.ts`).find((path) => changes.edit(path).exports('Of'));
  if (home) {
    const line = `import type { Of } from './${posix.basename(home, '.ts')}.js';`;
    return { type: `Of<'${name}'>`, imports: { line } };
  }
  const line = `import type { Command } from '@agencyos/decider';`;
  return { type: `Command<Extract<${union}, { type: '${name}' }>>`, imports: { contracts: union, line } };
}

const bySource = (a, b) => (sortKey(sourceOf(a)) < sortKey(sourceOf(b)) ? -1 : 1);
const sourceOf = (line) => line.split("'")[1];

function stateImport({ edit, path, state }) {
  if (edit.exports(state)) return `import type { ${state} } from './${posix.basename(path, '.ts')}.js';`;
  const from = edit.importOf(state);
  if (!from) throw new Problem(`${state} in ${path} cannot be imported: export it first, then try again.`);
  return `import type { ${state} } from '${from}';`;
}
