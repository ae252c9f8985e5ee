/*
 * Two JSON Schemas, as zod writes them, compared in one direction each. A keyword that is not understood here is an
 * error, never passed over.
 */
const LEAST = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'];
const MOST = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'];
const WORDS = ['$schema', '$id', 'id', 'title', 'description', 'default', 'examples', 'deprecated'];
const LIMITS = [...LEAST, ...MOST, 'pattern'];
const SHAPE = [
  'type',
  'enum',
  'const',
  'format',
  'properties',
  'required',
  'additionalProperties',
  'propertyNames',
  'items',
  'anyOf',
  'oneOf',
];
const understood = new Set([...SHAPE, ...LIMITS, ...WORDS]);

/** What was valid and would be refused: a list of `{at, what}`, empty when everything is still taken. */
export function refused(before, after, at = '') {
  const [olds, news] = [alternatives(before), alternatives(after)];
  if (olds.length > 1 || news.length > 1) {
    return olds.flatMap((old) => closest(news, (one) => refused(old, one, at)) ?? []);
  }
  const [old, now] = [olds[0], news[0]];
  const found = [];
  const say = (what, place = at) => found.push({ at: place, what });
  if (now.type !== undefined && !includesType(now.type, old.type)) {
    return [{ at, what: `takes ${now.type} now and no longer ${old.type ?? 'anything'}` }];
  }
  if (now.enum && !old.enum) say(`takes only ${list(now.enum)} now`);
  const gone = now.enum && old.enum ? old.enum.filter((value) => !now.enum.includes(value)) : [];
  if (gone.length > 0) say(`no longer takes ${list(gone)}`);
  for (const limit of LEAST) if (now[limit] > (old[limit] ?? -Infinity)) say(`has a higher ${limit} (${now[limit]})`);
  for (const limit of MOST) if (now[limit] < (old[limit] ?? Infinity)) say(`has a lower ${limit} (${now[limit]})`);
  if (now.format && now.format !== old.format) say(`has the format ${now.format} now`);
  // A format's pattern is its own affair.
  if (now.pattern && now.pattern !== old.pattern && !now.format) say(`has the pattern ${now.pattern} now`);

  for (const [name, schema] of Object.entries(old.properties ?? {})) {
    const property = `${at}.${name}`;
    const next = now.properties?.[name] ?? values(now);
    if (next) found.push(...refused(schema, next, property));
    else if (now.type === 'object') say('is not taken any more', property);
  }
  for (const name of now.required ?? []) if (!old.required?.includes(name)) say('must be given now', `${at}.${name}`);
  if (now.type === 'object') {
    const [others, still] = [old.additionalProperties ?? true, now.additionalProperties ?? true];
    if (still === false && others !== false) say('no longer takes other fields');
    else if (isSchema(still) && others !== false) found.push(...refused(isSchema(others) ? others : {}, still, `${at}.*`));
    if (now.propertyNames) found.push(...refused(old.propertyNames ?? { type: 'string' }, now.propertyNames, `${at} (names)`));
  }
  if (now.items) found.push(...refused(old.items ?? {}, now.items, `${at}[]`));
  return found;
}

/**
 * What a reader of `before` would not understand in data of `after`. It passes over fields and enumerated values that
 * it does not know, and over alternatives that name themselves by one; limits are no matter to it.
 */
export function unreadable(before, after, at = '') {
  const [olds, news] = [alternatives(before), alternatives(after)];
  if (olds.length > 1 || news.length > 1) {
    return news.flatMap((one) => {
      const like = olds.filter((old) => !namedApart(old, one));
      return like.length === 0 ? [] : (closest(like, (old) => unreadable(old, one, at)) ?? []);
    });
  }
  const [old, now] = [olds[0], news[0]];
  const found = [];
  const say = (what, place = at) => found.push({ at: place, what });
  if (old.type !== undefined && !includesType(old.type, now.type)) {
    return [{ at, what: `may be ${now.type ?? 'anything'} now and was ${old.type}` }];
  }
  if (old.enum && !now.enum) say(`may be any ${now.type} now and was one of ${list(old.enum)}`);
  if (old.format && now.format !== old.format) say(`is no longer of the format ${old.format}`);

  for (const [name, schema] of Object.entries(old.properties ?? {})) {
    const property = `${at}.${name}`;
    const next = now.properties?.[name] ?? values(now);
    if (next) found.push(...unreadable(schema, next, property));
    else say('is not there any more', property);
  }
  for (const name of old.required ?? [])
    if (now.properties?.[name] && !now.required?.includes(name)) say('may be absent now', `${at}.${name}`);
  if (isSchema(old.additionalProperties)) {
    const others = [...Object.values(now.properties ?? {}), isSchema(now.additionalProperties) ? now.additionalProperties : {}];
    for (const schema of others) found.push(...unreadable(old.additionalProperties, schema, `${at}.*`));
  }
  if (old.items) found.push(...unreadable(old.items, now.items ?? {}, `${at}[]`));
  return found;
}

/** Where two schemas differ in more than words and limits. */
export function differences(before, after, at = '') {
  const [old, now] = [before, after].map(shapeOf);
  return [...new Set([...Object.keys(old), ...Object.keys(now)])].flatMap((keyword) => {
    const [a, b] = [old[keyword], now[keyword]];
    if (keyword === 'properties' && a && b) {
      return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((name) => {
        const place = `${at}.${name}`;
        if (!a[name]) return [{ at: place, what: 'is new' }];
        if (!b[name]) return [{ at: place, what: 'is gone' }];
        return differences(a[name], b[name], place);
      });
    }
    if (keyword === 'items' && a && b) return differences(a, b, `${at}[]`);
    return JSON.stringify(a) === JSON.stringify(b) ? [] : [{ at, what: `has another ${keyword}` }];
  });
}

/** The schema without words and limits; what is the same, written the same. */
function shapeOf(schema) {
  check(schema);
  const { oneOf, const: constant, ...rest } = schema;
  const shape = {
    ...rest,
    ...(oneOf && { anyOf: oneOf }),
    ...(constant !== undefined && { enum: [constant] }),
  };
  const parts = Object.entries(shape).flatMap(([keyword, value]) => {
    if (!SHAPE.includes(keyword)) return [];
    if (keyword === 'anyOf') return [[keyword, value.map(shapeOf)]];
    if (keyword === 'enum' || keyword === 'required') return [[keyword, [...value].sort()]];
    if (keyword === 'properties')
      return [[keyword, Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shapeOf(one)]))]];
    return [[keyword, isSchema(value) ? shapeOf(value) : value]];
  });
  return Object.fromEntries(parts.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The schema's alternatives, each flat and of one type, with a constant as the only value of an enumeration. */
function alternatives(schema) {
  check(schema);
  const { anyOf, oneOf, const: constant, type, ...rest } = schema;
  if (anyOf ?? oneOf) return (anyOf ?? oneOf).flatMap(alternatives);
  return [type].flat().map((one) => ({
    ...rest,
    ...(one !== undefined && { type: one }),
    ...(constant !== undefined && { enum: [constant] }),
  }));
}

/** Whether two alternatives name themselves differently: both always have a field, with no value in common. */
function namedApart(a, b) {
  const names = namesOf(b);
  return namesOf(a).some(([name, values]) =>
    names.some(([other, others]) => other === name && !values.some((value) => others.includes(value))),
  );
}

/** Fields that are always there, with their enumerated values. */
function namesOf({ properties = {}, required = [] }) {
  return required.flatMap((name) => {
    const [only, ...more] = alternatives(properties[name] ?? {});
    return only.enum && more.length === 0 ? [[name, only.enum]] : [];
  });
}

/** What the best of several comparisons found; undefined when one found nothing. */
function closest(candidates, compare) {
  const [best] = candidates.map(compare).sort((a, b) => a.length - b.length || deepest(b) - deepest(a));
  return best.length > 0 ? best : undefined;
}
const deepest = (found) => Math.max(...found.map(({ at }) => at.length));

function check(schema) {
  for (const keyword of Object.keys(schema)) {
    if (!understood.has(keyword)) throw new TypeError(`the comparison of schemas does not understand "${keyword}"`);
  }
}

/** What the fields without a name of their own must be, where the schema says it. */
const values = ({ additionalProperties: others }) => (isSchema(others) && Object.keys(others).length > 0 ? others : undefined);
const isSchema = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const includesType = (outer, inner) => outer === inner || (outer === 'number' && inner === 'integer');
const list = (values) => values.map((value) => JSON.stringify(value)).join(', ');
