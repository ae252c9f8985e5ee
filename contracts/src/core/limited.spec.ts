import { describe, expect, it } from '@jest/globals';
import { fitText, LimitedJson, limitedString, limitedText } from './limited.js';

const accepts = (schema: { safeParse(value: unknown): { success: boolean } }, value: unknown) => schema.safeParse(value).success;

describe('text that commands accept', () => {
  it.each([
    ['plain', true],
    ['two\nlines', true],
    ['', false],
    ['   ', false],
    ['x'.repeat(11), false],
    ['a\u0000b', false],
    ['\u202Egnp.exe', false],
    ['\u2066isolated', false],
  ])('%j: %s', (value, expected) => {
    expect(accepts(limitedText(10), value)).toBe(expected);
    if (value.trim() !== '' && !value.includes('\n')) expect(accepts(limitedString(10), value)).toBe(expected);
  });

  it('can be made of any text', () => {
    for (const value of ['', ' ', '\u0000', 'x'.repeat(50), '\u202Ehidden']) {
      expect(accepts(limitedText(10), fitText(value, 10))).toBe(true);
    }
    expect(fitText('x'.repeat(12), 10)).toBe(`${'x'.repeat(9)}…`);
  });
});

describe('JSON that commands accept', () => {
  const nested = (levels: number): unknown => (levels === 0 ? 1 : { in: nested(levels - 1) });
  it('is short and not deep when inline', () => {
    expect(accepts(LimitedJson, { value: { a: [1, 'two', null] } })).toBe(true);
    expect(accepts(LimitedJson, { value: 'x'.repeat(16 * 1024 - 2) })).toBe(true);
    expect(accepts(LimitedJson, { value: 'x'.repeat(16 * 1024) })).toBe(false);
    expect(accepts(LimitedJson, { value: nested(32) })).toBe(true);
    expect(accepts(LimitedJson, { value: nested(33) })).toBe(false);
  });
  it('is a reference otherwise', () => {
    const content = { digest: `sha256:${'a'.repeat(64)}`, bytes: 20_000, mediaType: 'application/json' };
    expect(accepts(LimitedJson, { content })).toBe(true);
    expect(accepts(LimitedJson, { content: { ...content, path: '/etc' } })).toBe(false);
    expect(accepts(LimitedJson, { text: 'neither' })).toBe(false);
  });
});
