import { beforeEach, describe, expect, it } from '@jest/globals';
import { reloadOnce, type Page } from './reload-once';

describe('a part of the program that is gone', () => {
  const GONE = new TypeError('Failed to fetch dynamically imported module: http://x/chunk-OLD.js');
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
    GONE.message,
    'error loading dynamically imported module: http://x/chunk-OLD.js',
    'Importing a module script failed.',
  ])('loads the page anew where it was to go: %s', (message) => {
    reloadOnce(new TypeError(message), '/runs/1', page);
    expect(went).toEqual(['/runs/1']);
  });

  it('is no reason to load it again and again', () => {
    reloadOnce(GONE, '/runs/1', page);
    now += 5_000;
    reloadOnce(GONE, '/runs/1', page);
    expect(went).toHaveLength(1);
    now += 3_600_000;
    reloadOnce(GONE, '/inbox', page);
    expect(went).toEqual(['/runs/1', '/inbox']);
  });

  it('is not what every fault is, and without storage nothing is tried', () => {
    reloadOnce(new Error('cannot read properties of undefined'), '/runs', page);
    const closed: Page = {
      ...page,
      storage: {
        getItem: () => {
          throw new DOMException('denied');
        },
        setItem: () => undefined,
      },
    };
    reloadOnce(GONE, '/runs', closed);
    expect(went).toEqual([]);
  });
});
