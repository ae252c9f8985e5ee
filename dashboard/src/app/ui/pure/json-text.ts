const WIDTH = 72;
/** What an agent calls the text that it has written for people. */
const WRITTEN = ['summary', 'text', 'message', 'notes', 'report'];

/**
 * `{value}` or `{content}` of the contract as text a person can read: what is written as it was written, lists and
 * objects that fit on one line, members in the order of their names. PostgreSQL keeps none, so any other order would
 * change between a live view and a reload.
 */
export function jsonText(json: unknown): string {
  if (json === undefined || json === null) return '';
  const value = typeof json === 'object' && 'value' in json ? json.value : json;
  if (typeof value === 'string') return value;
  if (value === undefined) return '';
  const written = writtenIn(value);
  if (!written) return lines(value, '');
  const { text, rest } = written;
  return Object.keys(rest).length > 0 ? `${text}\n\n${lines(rest, '')}` : text;
}

/** `{"summary": "…", …}`: the text, and what stands beside it. */
function writtenIn(value: unknown): { text: string; rest: object } | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { [WRITTEN.find((name) => name in value) ?? '']: text, ...rest } = value as Record<string, unknown>;
  return typeof text === 'string' && text !== '' ? { text, rest } : undefined;
}

/** Members by the code units of their names, as digests order them. */
export const membersOf = (value: object): [string, unknown][] =>
  Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));

function lines(value: unknown, indent: string): string {
  const flat = spaced(value);
  if (typeof value !== 'object' || value === null || indent.length + flat.length <= WIDTH) return flat;
  const inner = `${indent}  `;
  const items = Array.isArray(value)
    ? value.map((item) => lines(item, inner))
    : membersOf(value).map(([key, item]) => `${JSON.stringify(key)}: ${lines(item, inner)}`);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return `${open}\n${items.map((item) => inner + item).join(',\n')}\n${indent}${close}`;
}

/** One line, with a space behind commas and colons. */
function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = membersOf(value).map(([key, item]) => `${JSON.stringify(key)}: ${spaced(item)}`);
  return entries.length > 0 ? `{ ${entries.join(', ')} }` : '{}';
}
