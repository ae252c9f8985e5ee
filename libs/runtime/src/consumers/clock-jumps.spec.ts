import { beforeEach, describe, expect, it } from '@jest/globals';
import { ClockJumps } from './clock-jumps.js';

let now: number;
let jumps: ClockJumps;
beforeEach(() => {
  now = 5_000;
  jumps = new ClockJumps(() => now);
});

/** The database is asked, answers after some time, and its clock has gone on by so much since the start. */
function reading(database: number, { after = 0, took = 0 } = {}): number {
  now += after;
  const askedAt = jumps.now();
  now += took;
  return jumps.read(database, askedAt);
}

describe('the database’s clock', () => {
  it('was not set by the first reading', () => {
    expect(reading(9_000_000)).toBe(0);
  });

  it('just went on where it has gone on as long as the even one', () => {
    reading(0);
    expect(reading(60_000, { after: 60_000 })).toBe(0);
    expect(reading(60_000)).toBe(0);
  });

  it.each([
    ['two seconds ahead is the error of reading it', 62_000, 0],
    ['more is a step ahead, by as much', 62_001, 2_001],
    ['two seconds back is the error of reading it', 58_000, 0],
    ['more is a step back, by as much', 57_999, -2_001],
  ])('%s', (_, database, jump) => {
    reading(0);
    expect(reading(database, { after: 60_000 })).toBe(jump);
  });

  it('may have been read at any time while it was asked', () => {
    reading(0, { took: 10_000 });
    // The first reading may be 10 s old already, or the second one.
    expect(reading(72_000, { after: 60_000 })).toBe(0);
    expect(reading(132_001, { after: 50_000, took: 1_000 })).toBe(9_001);
  });

  it('is measured from the last reading', () => {
    reading(0);
    expect(reading(3_600_000, { after: 1_000 })).toBe(3_599_000);
    expect(reading(3_601_000, { after: 1_000 })).toBe(0);
    expect(reading(2_000, { after: 1_000 })).toBe(2_000 - 3_601_000 - 1_000);
  });
});
