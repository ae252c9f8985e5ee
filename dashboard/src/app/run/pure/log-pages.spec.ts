import { describe, expect, it } from '@jest/globals';
import { LINES_KEPT, NOTHING_READ, searched, withPage } from './log-pages';

const page = (more: object) => ({
  ...{ taskId: 't', attempt: 1, first: 0, lines: ['a'], cursor: 'c', more: false, running: false },
  ...more,
});

describe('the log of an attempt (fault 30)', () => {
  it('is read to its end, and further while the attempt goes on', () => {
    expect(withPage(NOTHING_READ, page({ more: true })).next).toBe('now');
    expect(withPage(NOTHING_READ, page({ running: true })).next).toBe('later');
    expect(withPage(NOTHING_READ, page({ content: { digest: 'd', bytes: 1 } }))).toMatchObject({
      next: 'never',
      content: { digest: 'd' },
    });
  });

  it('numbers its lines, and keeps the last ones', () => {
    const first = withPage(NOTHING_READ, page({ lines: ['a', 'b'] }));
    const both = withPage(first, page({ first: 2, lines: Array.from({ length: LINES_KEPT }, () => 'x') }));
    expect(first.lines).toEqual([
      { number: 1, text: 'a' },
      { number: 2, text: 'b' },
    ]);
    expect(both.lines).toHaveLength(LINES_KEPT);
    expect(both.lines[0]?.number).toBe(3);
  });

  it('is searched without regard to case, and shows where', () => {
    const lines = [
      { number: 1, text: 'Linting libs' },
      { number: 2, text: '0 ERRORS, 2 warnings' },
    ];
    expect(searched(lines, 'errors')).toEqual([{ ...lines[1], parts: ['0 ', 'ERRORS', ', 2 warnings'] }]);
    expect(searched(lines, '')).toHaveLength(2);
  });
});
