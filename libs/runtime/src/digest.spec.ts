import { describe, expect, it } from '@jest/globals';
import { digestOf } from './digest.js';

describe('the digest of a value', () => {
  it('is that of its canonical JSON', () => {
    expect(digestOf({ b: 1, a: ['x', null] })).toBe(digestOf({ a: ['x', null], b: 1 }));
    expect(digestOf({ a: '\0' })).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it.each([
    ['half of a surrogate pair', { a: ['\ud83d'] }, 'a.0'],
    ['a number that JSON has not', { a: Infinity }, 'a'],
  ])('of %s is a refusal that names the place, no fault of ours (faults 2 and 3)', (_, value, field) => {
    expect(() => digestOf(value)).toThrow(
      expect.objectContaining({ name: 'Rejection', code: 'invalid', status: 422, details: expect.objectContaining({ field }) }),
    );
  });
});
