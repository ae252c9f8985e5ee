import { describe, expect, it } from '@jest/globals';
import { RowCache } from './row-cache.js';

/** A row of about 1 MiB; the cache holds two halves of 8 MiB. */
const large = 'x'.repeat(1024 * 1024);

describe('the cache of a projection’s rows', () => {
  it('knows what was written last, and what was deleted', () => {
    const cache = new RowCache();
    cache.set('board 1', 'card/a', '1');
    cache.set('board 1', 'card/a', '2');
    cache.set('board 2', 'card/a', '3');
    expect([cache.get('board 1', 'card/a'), cache.get('board 2', 'card/a')]).toEqual(['2', '3']);
    cache.set('board 1', 'card/a', undefined);
    expect([cache.get('board 1', 'card/a'), cache.get('board 2', 'card/a')]).toEqual([undefined, '3']);
  });

  it('drops what was not used for long, keeps what is read, and says so', () => {
    const cache = new RowCache();
    cache.set('board', 'read', 'r');
    cache.set('board', 'unread', 'u');
    for (let n = 0; n < 14; n++) cache.set('board', `card/${n}`, large);
    expect(cache.hasDropped).toBe(false);
    expect(cache.get('board', 'read')).toBe('r');
    for (let n = 14; n < 20; n++) cache.set('board', `card/${n}`, large);
    expect(cache.hasDropped).toBe(true);
    expect([cache.get('board', 'read'), cache.get('board', 'unread')]).toEqual(['r', undefined]);
    expect(cache.get('board', 'card/19')).toBe(large);
  });

  it('never brings an older value back', () => {
    const cache = new RowCache();
    cache.set('board', 'card/a', 'old');
    for (let n = 0; n < 9; n++) cache.set('board', `card/${n}`, large);
    cache.set('board', 'card/a', 'new');
    cache.set('board', 'card/a', undefined);
    expect(cache.get('board', 'card/a')).toBeUndefined();
  });

  it('does not count what is written again and again as more', () => {
    const cache = new RowCache();
    cache.set('board', 'card/a', 'kept');
    for (let n = 0; n < 40; n++) cache.set('board', 'board', large);
    expect([cache.get('board', 'card/a'), cache.hasDropped]).toEqual(['kept', false]);
  });
});
