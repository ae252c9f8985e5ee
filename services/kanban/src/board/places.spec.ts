import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { entered, inRuns, left, listOf, type Place, type Places } from './places.js';

const rankOf = (n: number) => `a${String(n).padStart(5, '0')}`;
const place = (n: number): Place => ({ cardId: `card-${n}`, rank: rankOf(n) });
const column = (count: number) => inRuns(Array.from({ length: count }, (_, n) => place(n)));
const sharedWith = (places: Places, others: Places) => places.filter((run) => others.includes(run)).length;

describe('the places of a column', () => {
  it('are a list by rank, whoever enters and leaves, also where several have one rank', () =>
    fc.assert(
      fc.property(
        fc.nat(600),
        fc.array(fc.record({ card: fc.nat(1_200), rank: fc.nat(700), leaves: fc.boolean() }), {
          maxLength: 400,
        }),
        (before, steps) => {
          let list: Place[] = [...listOf(column(before))];
          let places = column(before);
          for (const { card, rank, leaves } of steps) {
            const known = list.find(({ cardId }) => cardId === `card-${card}`);
            if (known && leaves) {
              list = list.filter((one) => one !== known);
              places = left(places, known);
            } else if (!known && !leaves) {
              const enters = { cardId: `card-${card}`, rank: rankOf(rank) };
              const at = list.findIndex((one) => one.rank >= enters.rank);
              list.splice(at < 0 ? list.length : at, 0, enters);
              places = entered(places, enters);
            }
          }
          expect(listOf(places)).toEqual(list);
          expect(places.every((run) => run.length > 0 && run.length <= 256)).toBe(true);
        },
      ),
    ));

  it('stay the same but for one run of them, in a column of any length', () => {
    const full = column(20_000);
    const one = { cardId: 'new', rank: `${rankOf(10_000)}V` };
    const fuller = entered(full, one);
    expect(sharedWith(fuller, full)).toBe(full.length - 1);
    expect(sharedWith(left(fuller, one), fuller)).toBe(fuller.length - 1);
    expect(listOf(left(fuller, one))).toEqual(listOf(full));
  });

  it('are left by nobody who has none of them', () => {
    expect(left(column(300), { cardId: 'stranger', rank: rankOf(7) })).toEqual(column(300));
    expect(left([], place(1))).toEqual([]);
  });
});
