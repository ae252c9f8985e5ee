import { describe, expect, it } from '@jest/globals';
import { TimedLines } from './follow-log.js';

const at = (nanoseconds: number) => `2026-01-01T00:00:00.${String(nanoseconds).padStart(9, '0')}Z`;

describe('lines with their times', () => {
  it('come without them, whatever pieces they come in', () => {
    let heard = '';
    const lines = new TimedLines((text) => (heard += text));
    lines.begin();
    for (const character of `${at(1)} one two\n${at(2)} \n${at(3)} three`) lines.write(character);
    expect(heard).toBe('one two\n\nthree');
  });

  it('come once through a connection that broke, within a line and between two of one time', () => {
    let heard = '';
    const lines = new TimedLines((text) => (heard += text));
    lines.begin();
    lines.write(`${at(1)} one\n${at(2)} two\n${at(2)} half`);
    lines.begin();
    lines.write(`${at(1)} one\n${at(2)} two\n${at(2)} half of it\n${at(3)} three\n`);
    expect(heard).toBe('one\ntwo\nhalf of it\nthree\n');
  });
});
