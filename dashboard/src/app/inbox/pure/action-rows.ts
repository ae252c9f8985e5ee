import { membersOf } from '../../ui/pure/json-text';

export interface ActionRow {
  /** Path inside the parameters, e.g. `guarded.publish.run`. */
  path: string;
  /** As JSON; text of several lines stands as it is. */
  value: string;
  block: boolean;
}

/** Every part of an action's parameters on a line of its own, so that nothing hides in a wall of JSON. */
export function actionRows(parameters: unknown): ActionRow[] {
  if (typeof parameters !== 'object' || parameters === null) return [];
  if ('content' in parameters) return rowsOf(parameters.content, 'content');
  return 'value' in parameters ? rowsOf(parameters.value, '') : [];
}

function rowsOf(value: unknown, path: string): ActionRow[] {
  if (typeof value === 'string' && value.includes('\n')) return [{ path, value, block: true }];
  if (isBranch(value)) {
    return branches(value).flatMap(([key, child]) => rowsOf(child, path ? `${path}.${key}` : key));
  }
  if (value === undefined) return [];
  return [{ path: path || 'value', value: spaced(value), block: false }];
}

/** A list keeps its order; members stand by name, live and after a reload alike. */
const branches = (value: Record<string, unknown>) =>
  Array.isArray(value) ? Object.entries(value) : membersOf(value);

/** Objects, and lists that hold objects; a list of plain values is one line, like an argument vector. */
function isBranch(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) return false;
  return !Array.isArray(value) || value.some((item) => typeof item === 'object' && item !== null);
}

const spaced = (value: unknown): string =>
  Array.isArray(value) ? `[${value.map((item) => JSON.stringify(item)).join(', ')}]` : JSON.stringify(value);

/** Characters that a line of the brief holds, about. */
const WIDTH = 90;

/** How many lines the rows take, about. */
export const linesOf = (rows: readonly ActionRow[]): number =>
  rows
    .flatMap(({ value }) => value.split('\n'))
    .reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / WIDTH)), 0);
