import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { allEvents, describeEvent, fromCloudEvent, parseStream, upcast, type CloudEvent } from '../src/index.js';

const folder = join(import.meta.dirname, '../fixtures');
const fixtures = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.json'))
  .map((path) => [path, JSON.parse(readFileSync(join(folder, path), 'utf8')) as CloudEvent] as const);

const present = new Map(
  allEvents.flatMap(({ types, versions }) =>
    Object.entries(types).map(([type, data]) => [type, { data, schema: versions[type] ?? 1 }] as const),
  ),
);
/** Every name that was ever written, with its last schema. */
const names = allEvents.flatMap(({ context, types, retired }) =>
  [...Object.keys(types), ...Object.keys(retired)].map((type) => ({
    type,
    context,
    last: describeEvent(type)!.schema,
  })),
);

describe('frozen events of every version', () => {
  it.each(fixtures)('%s can still be read, and nothing of it is lost', (path, event) => {
    const fact = fromCloudEvent(event);
    expect(`${fact.context}/${fact.type}.v${fact.schema}.json`).toBe(path);
    expect(fact.context).toBe(describeEvent(fact.type)?.context);
    const { type, schema, data } = upcast(fact);
    expect(schema).toBe(present.get(type)?.schema);
    expect(present.get(type)!.data.parse(data)).toEqual(data);
    expect(parseStream(fact.stream).category).toMatch(/^[a-z]+$/);
    expect(fact.metadata.recordedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it('exist for every event and every version of it, and for nothing else', () => {
    const wanted = names.flatMap(({ type, context, last }) =>
      Array.from({ length: last }, (_, n) => `${context}/${type}.v${n + 1}.json`),
    );
    expect(fixtures.map(([path]) => path).sort()).toEqual(wanted.sort());
  });

  it('have names that are unique over all contexts', () => {
    const all = names.map(({ type }) => type);
    expect(all.filter((name, index) => all.indexOf(name) !== index)).toEqual([]);
  });
});
