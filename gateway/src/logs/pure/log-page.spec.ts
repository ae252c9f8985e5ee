import { describe, expect, it } from '@jest/globals';
import { type LogCursor, PAGE_LINES, PageOfBatches, pageOfText, readCursor, writeCursor } from './log-page.js';

const begin = { line: 0, sequence: 1 };
const wanted = { taskId: 'lint', attempt: 1 };
const batch = (first: number, lines: string[], taskId = 'lint') => ({
  ...{ taskId, attempt: 1, at: '2026-01-01T00:00:00.000Z', first, lines },
});
const numbered = (from: number, count: number) => Array.from({ length: count }, (_, n) => `line ${from + n}`);

describe('a page of a log from the stream (fault 30)', () => {
  it('has the lines of its attempt alone, and goes on where it ended', () => {
    const page = new PageOfBatches(wanted, begin);
    expect(page.add(batch(0, ['a', 'b']), 4)).toBe(false);
    page.add(batch(0, ['x'], 'test'), 5);
    page.add({ ...batch(0, ['y']), attempt: 2 }, 6);
    page.add(batch(2, ['c']), 7);
    expect({ first: page.first, lines: page.lines }).toEqual({ first: 0, lines: ['a', 'b', 'c'] });
    expect(page.cursor).toEqual({ line: 3, sequence: 8 });
  });

  it('ends in the middle of a batch when it is full, and the next begins there', () => {
    const long = batch(0, numbered(0, PAGE_LINES + 5));
    const page = new PageOfBatches(wanted, begin);
    expect(page.add(long, 3)).toBe(true);
    expect(page.cut).toBe(true);
    expect(page.cursor).toEqual({ line: PAGE_LINES, sequence: 3 });
    const next = new PageOfBatches(wanted, page.cursor);
    next.add(long, 3);
    expect(next.lines).toEqual(numbered(PAGE_LINES, 5));
    expect(next.cursor).toEqual({ line: PAGE_LINES + 5, sequence: 4 });
  });

  it('steps over lines that were lost on their way', () => {
    const page = new PageOfBatches(wanted, begin);
    page.add(batch(0, ['a']), 1);
    page.add(batch(5, ['f']), 2);
    expect(page.lines).toEqual(['a', 'f']);
    expect(page.cursor).toEqual({ line: 6, sequence: 3 });
  });

  it('passes over what would lead to a cursor that is none (fault 3)', () => {
    const page = new PageOfBatches(wanted, begin);
    page.add(batch(0, ['a']), 1);
    page.add(batch(Number.MAX_SAFE_INTEGER - 1, ['b']), 2);
    page.add(batch(1, ['c']), 3);
    expect(page.lines).toEqual(['a', 'c']);
    expect(readCursor(writeCursor(page.cursor))).toEqual({ line: 2, sequence: 4 });
  });
});

describe('a page of a log that is kept (fault 30)', () => {
  const pageOf = (text: string, cursor: LogCursor) => pageOfText(Buffer.from(text), cursor);

  it('goes on by lines, also where the stream was read before', () => {
    const text = `${numbered(0, PAGE_LINES + 1).join('\n')}\n`;
    const page = pageOf(text, begin);
    expect(page).toMatchObject({ first: 0, more: true, cursor: { line: PAGE_LINES } });
    expect(pageOf(text, page.cursor)).toMatchObject({
      ...{ first: PAGE_LINES, lines: [`line ${PAGE_LINES}`], more: false },
    });
    expect(pageOf('a\nb\n', { line: 1, sequence: 90 })).toMatchObject({ lines: ['b'], more: false });
    expect(pageOf('a\n', { line: 9, sequence: 1 })).toMatchObject({ lines: [], more: false });
  });

  it('has its empty lines, and the last one though nothing ends it', () => {
    expect(pageOf('\n\na', begin)).toMatchObject({ lines: ['', '', 'a'], cursor: { line: 3 }, more: false });
    expect(pageOf('', begin)).toMatchObject({ lines: [], more: false });
  });

  it('makes no more lines than it shows, of whatever was stored (fault 14)', () => {
    const text = Buffer.alloc(16 * 1024 * 1024, '\n');
    let made = 0;
    const counted = new Proxy(text, {
      get(target, name) {
        if (name === 'indexOf') made++;
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    expect(pageOfText(counted, begin).lines).toHaveLength(PAGE_LINES);
    expect(made).toBe(PAGE_LINES);
    const end = { line: text.length - 1, sequence: 1 };
    expect(pageOfText(text, end)).toMatchObject({ lines: [''], more: false });
  });

  it('is asked for with a cursor of ours', () => {
    expect(readCursor(writeCursor({ line: 3, sequence: 17 }))).toEqual({ line: 3, sequence: 17 });
    for (const other of ['', '1', '1.x', '-1.2', '1.2.3']) expect(() => readCursor(other)).toThrow('The cursor is none of ours.');
  });
});
