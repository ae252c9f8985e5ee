/** What a field may be, in few words, by its JSON Schema. */
export function kindOf(schema) {
  if (schema === true || Object.keys(schema).length === 0) return 'any JSON';
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(', ');
  const options = schema.anyOf ?? schema.oneOf;
  if (options) return [...new Set(options.map(kindOf))].join(' or ');
  if (schema.allOf) return [...new Set(schema.allOf.map(kindOf))].join(' and ');
  const { type } = schema;
  if (type === 'array') return `list of ${kindOf(schema.items ?? {})}${bounds(schema.minItems, schema.maxItems)}`;
  if (type === 'object') return schema.properties ? 'object' : 'map';
  if (type === 'integer' || type === 'number') return `${type}${range(schema)}`;
  if (type === 'string') return `${schema.format ?? 'text'}${bounds(schema.minLength, schema.maxLength, 'characters')}`;
  return type ?? 'any JSON';
}

function bounds(min, max, unit = '') {
  if (max === undefined) return '';
  return ` of ${min ? `${min} to ` : 'at most '}${max}${unit && ` ${unit}`}`;
}

/** JavaScript's own bounds say nothing about the field. */
function range({ minimum, maximum }) {
  const [low, high] = [minimum, maximum].map((one) => (Math.abs(one) >= Number.MAX_SAFE_INTEGER ? undefined : one));
  if (low !== undefined && high !== undefined) return ` from ${low} to ${high}`;
  if (low !== undefined) return ` from ${low}`;
  return high === undefined ? '' : ` to ${high}`;
}

/** `name`, `name?` for each of an object's fields. */
export function fieldsOf(schema) {
  const options = schema.anyOf ?? schema.oneOf ?? [schema];
  const required = (name) => options.every((one) => one.required?.includes(name));
  const properties = Object.assign({}, ...options.map((one) => one.properties ?? {}));
  return Object.entries(properties).map(([name, of]) => ({ name, required: required(name), schema: of }));
}

/** A cell of a table may hold no line, and no border of one. */
export const cell = (text) => String(text).replaceAll('|', '\\|').replaceAll('\n', ' ');
export const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n');
/** Heads a page that nobody edits. */
export const written = (by) => `_Written by \`npm run generate\` from ${by}: change it there._`;
