import { describe, expect, it } from '@jest/globals';
import { cutText, endOfText, startOfText } from './cut-text.js';
import { nestedDeeperThan } from './json-text.js';
import { fitText } from './limited.js';
import { cleanData, dataFault } from './plain-data.js';

const [first, second] = ['\ud83d', '\ude80'];
const pair = `${first}${second}`;

describe('what no command may hold (faults 1, 2 and 3)', () => {
  it.each([
    ['NUL', { a: [{ b: 'x\0y' }] }, 'a.0.b', 'NUL'],
    ['NUL in a name', { a: { 'b\0': 1 } }, 'a.b\ufffd', 'NUL'],
    ['a first half alone', { a: first }, 'a', 'half'],
    ['a second half alone', [second], '0', 'half'],
    ['halves in the wrong order', { a: `${second}${first}` }, 'a', 'half'],
    ['a half in a name', { [second]: 1 }, '\ufffd', 'half'],
    ['an integer whose last digits are lost', { a: JSON.parse('9007199254740993') as unknown }, 'a', '2^53'],
    ['one below', { a: JSON.parse('-12345678901234567890') as unknown }, 'a', '2^53'],
    ['a number that becomes infinite', { a: [JSON.parse('1e400') as unknown] }, 'a.0', '2^53'],
    ['no number', { a: Number.NaN }, 'a', '2^53'],
    ['the value itself', '\0', '', 'NUL'],
  ])('is found with its path: %s', (_, value, path, why) => {
    expect(dataFault(value)).toEqual({ path, why: expect.stringContaining(why) });
  });

  it('is nothing of what can be kept', () => {
    const largest = Number.MAX_SAFE_INTEGER;
    expect(dataFault({ a: ['', pair, 'ж漢\n\u001b', 0.1, -0, largest, -largest, null, true, undefined] })).toBeUndefined();
  });

  it('states a path that can be shown, however long the names are', () => {
    const { path } = dataFault({ [pair.repeat(10_000)]: '\0' })!;
    expect(path.length).toBeLessThanOrEqual(300);
    expect(path.isWellFormed()).toBe(true);
  });

  it('is replaced where it was recorded, and nothing else is touched', () => {
    const fine = { a: ['x', { b: pair }], n: 1 };
    expect(cleanData(fine)).toBe(fine);
    expect(cleanData({ 'a\0': ['x\0', { b: `y${first}` }], n: 1, o: null })).toEqual({
      'a\ufffd': ['x\ufffd', { b: 'y\ufffd' }],
      ...{ n: 1, o: null },
    });
  });
});

describe('text that is cut (fault 2)', () => {
  const text = pair.repeat(1_500);
  it('never ends within a character, whichever way it is cut, and never exceeds its limit', () => {
    for (const limit of [1, 2, 3, 100, 101, 1_999, 2_000]) {
      for (const cut of [cutText(text, limit), startOfText(text, limit), endOfText(text, limit), fitText(text, limit)]) {
        expect(cut.isWellFormed()).toBe(true);
        expect(cut.length).toBeLessThanOrEqual(limit);
      }
    }
    expect(cutText(`a${pair}b`, 3)).toBe('a…');
    expect(endOfText(`a${pair}b`, 2)).toBe('b');
    expect(cutText('abc', 3)).toBe('abc');
  });

  it('is made well-formed where it is made fit for a command', () => {
    expect(fitText(`a${first}`)).toBe('a\ufffd');
  });
});

describe('the depth of JSON text (fault 14)', () => {
  it('is told without parsing it', () => {
    expect(nestedDeeperThan('[{"a":[1]}]', 3)).toBe(false);
    expect(nestedDeeperThan('[{"a":[1]}]', 2)).toBe(true);
    expect(nestedDeeperThan('['.repeat(1_000_000), 32)).toBe(true);
    expect(nestedDeeperThan(`[${'[],'.repeat(1_000)}1]`, 2)).toBe(false);
  });

  it('counts no bracket that stands in a string', () => {
    expect(nestedDeeperThan(JSON.stringify(['[[[', '\\', '"[[[', '\\"[[', '\\\\']), 1)).toBe(false);
    expect(nestedDeeperThan('["unfinished [[[', 1)).toBe(false);
  });
});
