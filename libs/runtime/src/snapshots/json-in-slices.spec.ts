import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { jsonInSlices, JsonTooLarge } from './json-in-slices.js';

const written = async (value: unknown) => (await jsonInSlices(value, 10_000_000)).toString();

describe('JSON in slices', () => {
  it('is what JSON says in one', () =>
    fc.assert(
      fc.asyncProperty(fc.jsonValue({ maxDepth: 5 }), async (value) => {
        expect(await written(value)).toBe(JSON.stringify(value));
      }),
      { numRuns: 50 },
    ));

  it('leaves out what JSON leaves out, and asks what has a form of its own', async () => {
    const value = {
      a: undefined,
      b: [undefined, { toJSON: () => [1, { c: undefined }] }],
      d: { e: { f: { g: { h: [undefined] } } } },
    };
    expect(await written(value)).toBe(JSON.stringify(value));
  });

  it('lets other work in between', async () => {
    let others = 0;
    let writing = true;
    const other = () => {
      others++;
      if (writing) setImmediate(other);
    };
    setImmediate(other);
    await written(Array.from({ length: 100_000 }, (_, n) => ({ n })));
    writing = false;
    expect(others).toBeGreaterThan(1);
  });

  it('ends where there is too much', async () => {
    await expect(jsonInSlices(['x'.repeat(1_000), 'y'], 1_000)).rejects.toThrow(JsonTooLarge);
  });
});
