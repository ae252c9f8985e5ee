import { Problem } from '../../supervisor/bin/problem.mjs';

/** How each kind of field is written: in the command, which holds the limits, in the event and in a fixture. */
const KINDS = {
  id: { command: () => 'Id', event: 'Id', uses: { Id: 'scalars' }, sample: () => '0190b1c2-0000-7000-8000-0000000000f1' },
  text: {
    command: (limit = '') => `limitedText(${limit})`,
    event: 'Text',
    uses: { limitedText: 'limited', Text: 'scalars' },
    sample: (name) => `The ${name}`,
  },
  int: { command: () => 'Int', event: 'Int', uses: { Int: 'scalars' }, sample: () => 1 },
  flag: { command: () => 'z.boolean()', event: 'z.boolean()', uses: {}, sample: () => true },
  time: { command: () => 'Time', event: 'Time', uses: { Time: 'scalars' }, sample: () => '2026-01-01T12:00:00.000Z' },
};

/**
 * `columnId:id name:text:100 note?:text`
 * @throws {Problem} for one that cannot be read
 */
export const fieldsOf = (args) => args.map(fieldOf);

function fieldOf(arg) {
  const [, name, optional, kind, limit] = /^([a-z][A-Za-z0-9]*)(\?)?:([a-z]+)(?::(\d+))?$/.exec(arg) ?? [];
  if (!KINDS[kind] || (limit && kind !== 'text')) {
    throw new Problem(`"${arg}" is no field. Write name:KIND, name?:KIND where it may be absent, or name:text:100 for
at most 100 characters; kinds are ${Object.keys(KINDS).join(', ')}.`);
  }
  return { name, optional: optional === '?', kind, limit, ...KINDS[kind] };
}

/** Puts the imports that the schemas of the fields need into a file of the contracts. */
function importUses(edit, fields, schemas) {
  for (const { uses } of fields) {
    for (const [name, file] of Object.entries(uses)) {
      if (new RegExp(`\\b${name}\\b`).test(schemas)) edit.import(name, `../core/${file}.js`);
    }
  }
}

const member = ({ name, optional }, schema) => `${name}: ${schema}${optional ? '.optional()' : ''}`;

export function commandMembers(edit, fields) {
  const members = fields.map((field) => member(field, field.command(field.limit)));
  importUses(edit, fields, members.join());
  return members;
}

export function eventMembers(edit, fields) {
  const members = fields.map((field) => member(field, field.event));
  importUses(edit, fields, members.join());
  return members;
}

/** Values for a fixture. An id is one that a fact before it has under the same name, if any: it is about something there. */
export function samplesOf({ idField }, fields, before) {
  const values = fields.map(({ name, kind, sample }) => [name, (kind === 'id' && idIn(before, name)) || sample(name)]);
  return Object.fromEntries([...(idField ? [[idField, before[idField]]] : []), ...values]);
}

function idIn(value, name) {
  if (typeof value !== 'object' || value === null) return undefined;
  if (typeof value[name] === 'string') return value[name];
  for (const member of Object.values(value)) {
    const found = idIn(member, name);
    if (found !== undefined) return found;
  }
  return undefined;
}
