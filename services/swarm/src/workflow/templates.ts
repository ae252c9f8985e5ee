import { cutText } from '@agencyos/contracts';

/** `${{ input.repository }}`, `${{ tasks.clone.output.path }}`, `${{ uses.notes }}`, `${{ run.id }}` in a workflow file. */
export type Reference =
  | { of: 'input'; path: string[] }
  | { of: 'run'; path: string[] }
  | { of: 'uses'; name: string }
  | { of: 'task'; taskId: string; path: string[] };

export interface TemplateScope {
  input: unknown;
  run: { id: string; name: string };
  /** What a path of a succeeded task's output leads to. @throws UnresolvedReference */
  output(taskId: string, path: readonly string[]): unknown;
  /** Told of all that is put together, before it is. @throws UnresolvedReference when that is too much */
  take(characters: number): void;
}

/** A reference that leads nowhere: the step cannot be started. */
export class UnresolvedReference extends Error {
  override readonly name = 'UnresolvedReference';
}

const EXPRESSION = /\$\{\{([^{}]*)\}\}/g;
const SEGMENT = /^[A-Za-z0-9_-]+$/;

/** @throws Error with a sentence for the author when the expression is none. */
export function parseExpression(expression: string): Reference {
  const [head, ...rest] = expression.trim().split('.');
  if (!rest.every((segment) => SEGMENT.test(segment))) throw new Error(`"${shown(expression)}" is no reference`);
  if (head === 'input' && rest.length > 0) return { of: 'input', path: rest };
  if (head === 'run' && rest.length === 1 && (rest[0] === 'id' || rest[0] === 'name')) return { of: 'run', path: rest };
  if (head === 'uses' && rest.length > 0) return { of: 'uses', name: rest.join('.') };
  const [taskId, output, ...path] = rest;
  if (head === 'tasks' && taskId !== undefined && output === 'output') return { of: 'task', taskId, path };
  throw new Error(
    `"${shown(expression)}" is no reference: use input.<name>, tasks.<id>.output.<path>, uses.<name>, run.id or run.name`,
  );
}

/** Every expression in the strings of `value`, with the path of the string that holds it. */
export function* expressionsIn(
  value: unknown,
  path: (string | number)[] = [],
): Generator<{ expression: string; path: (string | number)[] }> {
  if (typeof value === 'string') {
    for (const match of value.matchAll(EXPRESSION)) yield { expression: match[1]!, path };
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* expressionsIn(item, [...path, index]);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value)) yield* expressionsIn(member, [...path, key]);
  }
}

/** A string that is one expression becomes the value itself; inside other text, the value's text. */
export function resolve(value: unknown, scope: TemplateScope): unknown {
  if (typeof value === 'string') return resolveString(value, scope);
  if (Array.isArray(value)) return value.map((item) => resolve(item, scope));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, resolve(member, scope)]));
  }
  return value;
}

/** Always text: arguments of a process stay one literal argument each, whatever the value holds. */
export function resolveText(value: string, scope: TemplateScope): string {
  return asText(resolveString(value, scope));
}

function resolveString(value: string, scope: TemplateScope): unknown {
  const whole = /^\$\{\{([^{}]*)\}\}$/.exec(value.trim());
  if (whole) return lookUp(whole[1]!, scope);
  scope.take(value.length);
  return value.replaceAll(EXPRESSION, (_, expression: string) => asText(lookUp(expression, scope)));
}

function lookUp(expression: string, scope: TemplateScope): unknown {
  const value = find(expression, scope);
  scope.take(asText(value).length);
  return value;
}

function find(expression: string, scope: TemplateScope): unknown {
  const reference = parseExpression(expression);
  try {
    switch (reference.of) {
      case 'input':
        return valueAt(scope.input, reference.path);
      case 'run':
        return valueAt(scope.run, reference.path);
      case 'uses':
        return usedPath(reference.name);
      case 'task':
        return scope.output(reference.taskId, reference.path);
    }
  } catch (error) {
    if (!(error instanceof UnresolvedReference)) throw error;
    throw new UnresolvedReference(`${shown(expression)} ${error.message}`);
  }
}

/** Where a worker puts a file that a task uses, from the command's working directory. */
export const usedPath = (name: string): string => `uses/${name}`;

/** @throws UnresolvedReference whose message goes on from the reference: "… leads nowhere" */
export function valueAt(root: unknown, path: readonly string[]): unknown {
  let found = root;
  for (const segment of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, segment))
      throw new UnresolvedReference(`leads nowhere: there is no "${shown(segment)}"`);
    found = (found as Record<string, unknown>)[segment];
  }
  if (found === undefined) throw new UnresolvedReference('has no value');
  return found;
}

/** As much of it as a sentence bears. */
const shown = (expression: string): string => cutText(expression.trim(), 100);
const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
