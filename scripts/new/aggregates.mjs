import ts from 'typescript';
import { Problem } from '../../supervisor/bin/problem.mjs';

/**
 * What the contracts say of an aggregate, and who decides for it.
 * @throws {Problem} with the names that there are
 */
export function findAggregate(changes, name) {
  const commandSets = setsIn(changes, 'defineCommands');
  const eventSets = setsIn(changes, 'defineEvents');
  const commands = commandSets.find(({ aggregate }) => aggregate === name);
  const events = eventSets.find(({ aggregate }) => aggregate === name);
  if (!commands || !events) {
    const known = commandSets.map(({ context, aggregate }) => `${aggregate} (of ${context})`);
    throw new Problem(`There is no aggregate "${name ?? ''}". There are ${known.join(', ')}.`);
  }
  return { name, context: commands.context, idField: commands.idField, commands, events, ...deciderOf(changes, commands) };
}

/** Folder of the project that decides for it. */
export const projectOf = ({ decider }) => /^(services\/[^/]+|[^/]+)\//.exec(decider.path)[1];

/** Names of all commands and events, retired ones too. */
export function takenNames(changes) {
  const sets = [...setsIn(changes, 'defineCommands'), ...setsIn(changes, 'defineEvents')];
  const retired = sets.flatMap(({ evolution }) =>
    (evolution?.properties ?? []).flatMap((property) =>
      property.name.getText() === 'retired' ? property.initializer.properties.map((one) => one.name.getText()) : [],
    ),
  );
  return [...sets.flatMap(({ types }) => types.properties.map((one) => one.name.getText())), ...retired];
}

/** Each `defineCommands` or `defineEvents`, with the name of its constant and of the type made from it. */
export function setsIn(changes, call) {
  return changes.files('contracts/src/*/*.ts').flatMap((path) => {
    const edit = changes.edit(path);
    return edit.calls(call).flatMap(({ arguments: given, parent }) => {
      if (!ts.isVariableDeclaration(parent)) return [];
      const set = parent.name.getText();
      const [context, aggregate] = given.map(({ text }) => text);
      const types = given.find((argument) => ts.isObjectLiteralExpression(argument));
      const evolution = given.slice(given.indexOf(types) + 1)[0];
      const idField = given[2]?.text;
      return [{ edit, path, set, context, aggregate, idField, types, evolution, union: unionOf(edit, set) }];
    });
  });
}

/** `BoardCommand` of `boardCommands`. */
function unionOf(edit, set) {
  const [alias] = edit.all((node) => ts.isTypeAliasDeclaration(node) && node.type.getText().includes(`<typeof ${set}>`));
  return alias?.name.text;
}

/** The constant of type `Decider<BoardCommand, Board, BoardEvent>`. */
function deciderOf(changes, { union, aggregate }) {
  for (const path of changes.files('{services/*,gateway}/src/**/*.ts')) {
    if (!changes.read(path).includes(`Decider<${union},`)) continue;
    const edit = changes.edit(path);
    const [declaration] = edit.all(
      (node) => ts.isVariableDeclaration(node) && node.type?.getText().startsWith(`Decider<${union},`),
    );
    if (declaration?.initializer && ts.isObjectLiteralExpression(declaration.initializer)) {
      const [, state] = declaration.type.typeArguments;
      return {
        decider: { edit, path, name: declaration.name.getText(), state: state.getText(), rules: declaration.initializer },
      };
    }
  }
  throw new Problem(`Nobody decides for the aggregate ${aggregate}: no constant has the type Decider<${union}, …>.`);
}
