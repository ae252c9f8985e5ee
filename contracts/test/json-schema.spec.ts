import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';
import { allEvents, type CloudEvent } from '../src/index.js';

const generated = join(import.meta.dirname, '../generated/json-schema');
const fixtures = join(import.meta.dirname, '../fixtures');
const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
const documents = readdirSync(generated, { recursive: true, encoding: 'utf8' }).filter((path) =>
  path.endsWith('.json'),
);

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
ajvFormats.default(ajv);
for (const path of documents) ajv.addSchema(read(join(generated, path)) as object);

describe('JSON Schemas', () => {
  it('are valid in the strict reading', () => {
    const ids = documents.map((path) => (read(join(generated, path)) as { $id: string }).$id);
    for (const id of ids) expect(ajv.getSchema(id)).toBeInstanceOf(Function);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each(allEvents.flatMap(({ context, types }) => Object.keys(types).map((type) => `${context}/${type}`)))(
    'accept the frozen %s, with fields of later versions too',
    (name) => {
      const { data, dataschema } = read(join(fixtures, `${name}.v1.json`)) as CloudEvent;
      const validate = ajv.getSchema(dataschema)!;
      void validate({ ...data, addedLater: true });
      expect(validate.errors ?? []).toEqual([]);
    },
  );
});
