import { beforeEach, describe, expect, it } from '@jest/globals';
import { isMissingPart, reloadOnce, type Page } from './reload-once';

describe('a part of the program that is gone', () => {
  let went: string[];
  let now: number;
  let page: Page;

  beforeEach(() => {
    went = [];
    now = 1_000_000;
    const stored = new Map<string, string>();
    page = {
      now: () => now,
      storage: {
        getItem: (key) => stored.get(key) ?? null,
        setItem: (key, value) => void stored.set(key, value),
      },
      go: (url) => void went.push(url),
    };
  });

  it.each([
    'Failed to fetch dynamically imported module: http://x/chunk-OLD.js',
    'error loading dynamically imported module: http://x/chunk-OLD.js',
    'Importing a module script failed.',
  ])('is known by what browsers say: %s', (message) =>
    expect(isMissingPart(new TypeError(message))).toBe(true),
  );

  it('is not what every fault is', () =>
    expect(isMissingPart(new Error('cannot read properties of undefined'))).toBe(false));

  it('is no reason to load it again and again', () => {
    reloadOnce('/runs/1', page);
    now += 5_000;
    reloadOnce('/runs/1', page);
    expect(went).toHaveLength(1);
    now += 3_600_000;
    reloadOnce('/inbox', page);
    expect(went).toEqual(['/runs/1', '/inbox']);
  });

  it('is not loaded anew without storage, since nobody would know that it was tried', () => {
    const closed: Page = {
      ...page,
      storage: {
        getItem: () => {
          throw new DOMException('denied');
        },
        setItem: () => undefined,
      },
    };
    reloadOnce('/runs', closed);
    expect(went).toEqual([]);
  });
});
