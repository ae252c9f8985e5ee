import { describe, expect, it } from '@jest/globals';
import { LINE_CHARACTERS, safeText } from './log-text.js';

describe('text of a foreign program', () => {
  it('loses colours, cursor movements, titles and links, but not its words', () => {
    expect(safeText('\u001b[1;31mfailed\u001b[0m \u001b[2Kat \u001b]8;;http://x\u0007link\u001b]8;;\u0007')).toBe(
      'failed at link',
    );
    expect(safeText('\u001b]0;title\u001b\\ok \u009b32mgreen\u001b(B')).toBe('ok green');
  });

  it('loses control and bidirectional characters and keeps tabs and other scripts', () => {
    expect(safeText('a\u0000b\u0007\tc\u202egpj.exe\u2069 ж 漢 🚀')).toBe('ab\tcgpj.exe ж 漢 🚀');
  });

  it('has no lone surrogate, also where it was cut', () => {
    expect(safeText('\ud800x')).toBe('\ufffdx');
    expect(safeText('🚀'.repeat(3_000))).not.toMatch(/\p{Surrogate}/u);
  });

  it('is cut visibly', () => {
    const long = safeText('x'.repeat(5_000_000));
    expect(long).toHaveLength(LINE_CHARACTERS);
    expect(long.endsWith('x…')).toBe(true);
    expect(safeText('x'.repeat(LINE_CHARACTERS))).not.toContain('…');
  });
});
