import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { rankBetween, ranksBetween } from './rank.js';

const LEGAL = /^[0-9A-Za-z]{1,64}$/;

describe('ranks', () => {
  it('begins in the middle and counts on at both ends', () => {
    expect(ranksBetween(undefined, undefined, 3)).toEqual(['a0', 'a1', 'a2']);
    expect(rankBetween('az', undefined)).toBe('b00');
    expect(rankBetween(undefined, 'a0')).toBe('Zz');
    expect(rankBetween(undefined, 'Z0')).toBe('Yzz');
    expect(rankBetween('Zz', undefined)).toBe('a0');
  });

  it('stays short over 50,000 cards appended', () => {
    const ranks = ranksBetween(undefined, undefined, 50_000);
    expect(Math.max(...ranks.map(({ length }) => length))).toBeLessThanOrEqual(4);
    expect(ranks.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(ranks);
  });

  it('halves one gap 180 times before a rank needs 32 characters', () => {
    let upper = 'a1';
    for (let n = 0; n < 180; n += 1) upper = rankBetween('a0', upper);
    expect(upper.length).toBeLessThanOrEqual(33);
  });

  it('is strictly between its neighbours, wherever cards are put', () =>
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 5 })), { maxLength: 60 }), (insertions) => {
        const ranks: string[] = [];
        for (const [seed, count] of insertions) {
          const at = seed % (ranks.length + 1);
          ranks.splice(at, 0, ...ranksBetween(ranks[at - 1], ranks[at], count));
        }
        expect(ranks.every((rank) => LEGAL.test(rank))).toBe(true);
        expect(new Set(ranks).size).toBe(ranks.length);
        expect(ranks.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(ranks);
      }),
    ));
});
