import type { ViewChange } from './projection-rows.js';

// Rows are JSON already (see ProjectionRows): documents that hold them are put together, not serialised again.

/** `ViewOp[]` of one view's changed rows. */
export const opsJson = (rows: ViewChange['rows']): string =>
  list([...rows].map(([key, text]) => `{"op":"${text === undefined ? 'del' : 'put'}",${keyAndValue(key, text)}}`));

/** What `write_views` is to write and to delete. */
export function rowsJson(changes: readonly ViewChange[]): { puts: string; deletes: string } {
  const puts: string[] = [];
  const deletes: string[] = [];
  for (const { kind, id, rows } of changes) {
    const view = `"kind":${JSON.stringify(kind)},"id":${JSON.stringify(id)}`;
    for (const [key, text] of rows) (text === undefined ? deletes : puts).push(`{${view},${keyAndValue(key, text)}}`);
  }
  return { puts: list(puts), deletes: list(deletes) };
}

const keyAndValue = (key: string, text: string | undefined): string =>
  `"key":${JSON.stringify(key)}${text === undefined ? '' : `,"value":${text}`}`;

const list = (items: string[]): string => `[${items.join()}]`;
