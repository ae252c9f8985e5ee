import { describe, expect, it } from '@jest/globals';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { documents } from '../scripts/documents.mjs';
import * as contracts from '../src/index.js';

function references(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) =>
    key === '$ref' && typeof member === 'string' ? [member] : references(member),
  );
}

const resolve = (document: object, reference: string): unknown =>
  reference
    .slice('#/'.length)
    .split('/')
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], document);

const folder = join(import.meta.dirname, '../generated');
const files = documents(contracts);

describe('generated documents', () => {
  it('are those of the present contracts (`npm run generate` renews them)', async () => {
    const stale: string[] = [];
    for (const [path, text] of files) {
      if ((await readFile(join(folder, path), 'utf8').catch(() => '')) !== text) stale.push(path);
    }
    expect(stale).toEqual([]);
  });

  it.each(['openapi.json', 'asyncapi.yaml'])('refer only to what %s holds', (path) => {
    const document = parse(files.get(path)!) as object;
    const missing = references(document).filter((reference) => !resolve(document, reference));
    expect(missing).toEqual([]);
  });

  it('leave nothing behind of what is published no more', async () => {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const present = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
    expect(present.filter((path) => !files.has(path))).toEqual([]);
  });

  it('keep the names that are written no more, and say so', () => {
    const lamp = contracts.defineEvents(
      'house',
      'lamp',
      { LampDimmed: z.object({ percent: z.number() }) },
      {
        retired: {
          LampSwitched: {
            data: z.object({ off: z.boolean() }),
            becomes: { type: 'LampDimmed', schema: 1 },
            upcast: ({ off }) => ({ percent: off ? 0 : 100 }),
          },
        },
      },
    );
    const texts = documents({ ...contracts, allEvents: [lamp] });
    const schema = JSON.parse(texts.get('json-schema/house/events/LampSwitched.v1.json')!) as object;
    expect(schema).toMatchObject({ deprecated: true, required: ['off'] });
    expect(texts.get('asyncapi.yaml')).toContain('Written no more: LampDimmed says it today.');
  });
});
