import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';
import { describeEvent, type CloudEvent } from '../src/index.js';

const generated = join(import.meta.dirname, '../generated/json-schema');
const fixtures = join(import.meta.dirname, '../fixtures');
const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
const documents = readdirSync(generated, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.json'));

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
ajvFormats.default(ajv);
for (const path of documents) ajv.addSchema(read(join(generated, path)) as object);

describe('JSON Schemas', () => {
  it('are valid in the strict reading', () => {
    const ids = documents.map((path) => (read(join(generated, path)) as { $id: string }).$id);
    for (const id of ids) expect(ajv.getSchema(id)).toBeInstanceOf(Function);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each(readdirSync(fixtures, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.json')))(
    'accept the frozen %s, of any version, with fields of later versions too',
    (path) => {
      const { type, data } = read(join(fixtures, path)) as CloudEvent;
      const [, context = '', name = ''] = type.split('.');
      const validate = ajv.getSchema(`urn:agencyos:schema:${context}:${name}:${describeEvent(name)?.schema}`)!;
      void validate({ ...data, addedLater: true });
      expect(validate.errors ?? []).toEqual([]);
    },
  );
});
