import { posix } from 'node:path';
import ts from 'typescript';
import { Problem } from '../../supervisor/bin/problem.mjs';

/** What `decide` and `evolve` tell apart by a message's type. */
const ON = { decide: 'command', evolve: 'event' };
const SIGNATURES = { decide: 'decide(command, state) {…}', evolve: 'evolve(state, event) {…}' };

/**
 * Where a decider decides, or folds: the function, names of what it gets, and its `switch`, where it has one.
 * @param {'decide' | 'evolve'} rule
 * @throws {Problem} where it is written so that nothing can be put into it
 */
export function ruleOf(changes, decider, rule) {
  const { edit, body, parameters, name } = functionOf(changes, decider, rule);
  const about = parameters[rule === 'decide' ? 0 : 1];
  const subjects = ['type', `${about?.name.getText()}.type`];
  const [cases] = edit.all((node) => ts.isSwitchStatement(node) && subjects.includes(node.expression.getText()), body);
  const names = parameters.map((parameter) => parameter.name);
  const needed = rule === 'decide' || !cases ? names.slice(0, 2) : names.slice(0, 1);
  if (needed.some((one) => !ts.isIdentifier(one))) {
    throw new Problem(
      `${name} in ${edit.path} takes its ${ON[rule]} or state apart: give it a name there first, then try again.`,
    );
  }
  return { edit, body, cases, parameters: names.map((one) => one.getText()) };
}

function functionOf(changes, { edit, rules }, rule) {
  const property = rules.properties.find((one) => one.name?.getText() === rule);
  if (ts.isMethodDeclaration(property)) return { edit, name: rule, body: property.body, parameters: property.parameters };
  const name = property.initializer?.getText() ?? rule;
  const from = edit.importOf(name);
  const home = from ? changes.edit(posix.join(posix.dirname(edit.path), from.replace(/\.js$/, '.ts'))) : edit;
  const [declaration] = home.all((node) => ts.isFunctionDeclaration(node) && node.name?.text === name);
  if (!declaration)
    throw new Problem(
      `${rule} in ${edit.path} takes no ${ON[rule]} yet: write it as a method (${SIGNATURES[rule]}), then try again.`,
    );
  return { edit: home, name, body: declaration.body, parameters: declaration.parameters };
}

/** A table of decisions by type, `{ [T in CommandType]: RunDecision<T> }`, and the type of one of them. */
export function decisionTable({ edit }) {
  const [declaration] = edit.all(
    (node) => ts.isVariableDeclaration(node) && node.type && ts.isMappedTypeNode(node.type) && node.initializer,
  );
  const one = declaration?.type.type;
  return one && ts.isTypeReferenceNode(one) ? { table: declaration.initializer, decision: one.typeName.getText() } : undefined;
}

/** Codes with which `decide` refuses whatever comes, before it looks at the type. */
export function commonCodes(changes, decider) {
  const { edit, body, parameters } = ruleOf(changes, decider, 'decide');
  const isOfOne = (node) => {
    for (let up = node; up !== body; up = up.parent) {
      if (ts.isCaseClause(up)) return true;
      if (ts.isIfStatement(up) && /\.type\b/.test(up.expression.getText())) return true;
    }
    return false;
  };
  const refusals = edit.all(
    (node) =>
      ts.isCallExpression(node) &&
      node.expression.getText() === 'rejection' &&
      node.arguments[0]?.getText() === parameters[0] &&
      !isOfOne(node),
    body,
  );
  return [...new Set(refusals.map((node) => node.arguments[1].text))];
}
