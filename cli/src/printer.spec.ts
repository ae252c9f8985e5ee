import { describe, expect, it } from '@jest/globals';
import { duration, outline, table } from './printer.js';

describe('what is printed', () => {
  it('has durations that people say', () => {
    expect([0, 850, 4_230, 185_000, 7_800_000].map(duration)).toEqual(['0 ms', '850 ms', '4.2 s', '3 min 05 s', '2 h 10 min']);
  });

  it('lines columns up', () => {
    expect(
      table(
        ['A', 'LONG'],
        [
          ['xyz', '1'],
          ['', ''],
        ],
      ),
    ).toEqual(['A    LONG', 'xyz  1', '']);
  });

  it('shows values for reading, long texts as they are', () => {
    const value = {
      version: '1.0.0',
      none: null,
      empty: [],
      list: ['a', { b: 1 }],
      notes: '# A\n\n\u001b[31m- b\n',
    };
    expect(outline(value)).toEqual([
      'version: 1.0.0',
      'none: none',
      'empty: none',
      'list:',
      '  - a',
      '  -',
      '    b: 1',
      'notes:',
      '  | # A',
      '  | ',
      '  | [31m- b',
    ]);
  });
});
