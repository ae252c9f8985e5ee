import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { allEvents, fromCloudEvent, parseStream, type CloudEvent } from '../src/index.js';

const folder = join(import.meta.dirname, '../fixtures');
const fixtures = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.json'))
  .map((path) => [path, JSON.parse(readFileSync(join(folder, path), 'utf8')) as CloudEvent] as const);

const events = new Map(
  allEvents.flatMap(({ context, types, versions }) =>
    Object.entries(types).map(
      ([type, data]) => [type, { context, data, schema: versions[type] ?? 1 }] as const,
    ),
  ),
);

describe('frozen events of every version', () => {
  it.each(fixtures)('%s can still be read, and nothing of it is lost', (path, event) => {
    const { context, type, schema, stream, data, metadata } = fromCloudEvent(event);
    const definition = events.get(type)!;
    expect(`${context}/${type}.v${schema}.json`).toBe(path);
    expect(definition.context).toBe(context);
    expect(schema).toBeLessThanOrEqual(definition.schema);
    expect(definition.data.parse(data)).toEqual(data);
    expect(parseStream(stream).category).toMatch(/^[a-z]+$/);
    expect(metadata.recordedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it('exist for every event and every version of it', () => {
    const present = new Set(fixtures.map(([path]) => path));
    const wanted = [...events].flatMap(([type, { context, schema }]) =>
      Array.from({ length: schema }, (_, n) => `${context}/${type}.v${n + 1}.json`),
    );
    expect(wanted.filter((path) => !present.has(path))).toEqual([]);
  });

  it('have names that are unique over all contexts', () => {
    const names = allEvents.flatMap(({ types }) => Object.keys(types));
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });
});
