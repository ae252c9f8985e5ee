import { describeView, windowEntry, type WindowRule } from '@agencyos/contracts';
import type { ViewChange } from './projection-rows.js';

// Rows are JSON already (see ProjectionRows): documents that hold them are put together, not serialised again.

/** `ViewOp[]` of one view's changed rows. */
export const opsJson = (rows: ViewChange['rows']): string =>
  list([...rows].map(([key, text]) => `{"op":"${text === undefined ? 'del' : 'put'}",${keyAndValue(key, text)}}`));

/** What `write_views` is to write and to delete. `listed`: windows look at some of it, so that `write_listed_views` does. */
export function rowsJson(changes: readonly ViewChange[]): { puts: string; deletes: string; listed: boolean } {
  const puts: string[] = [];
  const deletes: string[] = [];
  let listed = false;
  for (const { kind, id, rows } of changes) {
    const view = `"kind":${JSON.stringify(kind)},"id":${JSON.stringify(id)}`;
    const rule = describeView(kind)?.window;
    for (const [key, text] of rows) {
      const isListed = rule !== undefined && key.startsWith(`${rule.row}/`);
      listed ||= isListed;
      if (text === undefined) deletes.push(`{${view},${keyAndValue(key, text)}}`);
      else puts.push(`{${view},${keyAndValue(key, text)}${isListed ? entryJson(rule, text) : ''}}`);
    }
  }
  return { puts: list(puts), deletes: list(deletes), listed };
}

/** By what windows find the row. */
function entryJson(rule: WindowRule, text: string): string {
  const { fields, words } = windowEntry(rule, JSON.parse(text));
  return `,"fields":${JSON.stringify(fields)},"words":${JSON.stringify(words)}`;
}

const keyAndValue = (key: string, text: string | undefined): string =>
  `"key":${JSON.stringify(key)}${text === undefined ? '' : `,"value":${text}`}`;

const list = (items: string[]): string => `[${items.join()}]`;
