const WIDTH = 72;

/** `{value}` or `{content}` of the contract as text a person can read; lists and objects that fit stay on one line. */
export function jsonText(json: unknown): string {
  if (json === undefined || json === null) return '';
  const value = typeof json === 'object' && 'value' in json ? json.value : json;
  if (typeof value === 'string') return value;
  return value === undefined ? '' : lines(value, '');
}

function lines(value: unknown, indent: string): string {
  const flat = spaced(value);
  if (typeof value !== 'object' || value === null || indent.length + flat.length <= WIDTH) return flat;
  const inner = `${indent}  `;
  const items = Array.isArray(value)
    ? value.map((item) => lines(item, inner))
    : Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${lines(item, inner)}`);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return `${open}\n${items.map((item) => inner + item).join(',\n')}\n${indent}${close}`;
}

/** One line, with a space behind commas and colons. */
function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${spaced(item)}`);
  return entries.length > 0 ? `{ ${entries.join(', ')} }` : '{}';
}
