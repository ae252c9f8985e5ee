import { expect, it } from '@jest/globals';
import { RecentMap } from './recent-map.js';

it('remembers the last entries and what was set last, and lets older ones go', () => {
  const map = new RecentMap<number, string>(10);
  const known = () => Array.from({ length: 100 }, (_, n) => n).filter((n) => map.get(n) !== undefined);
  for (let n = 0; n < 100; n++) {
    map.set(n, `v${n}`);
    const present = known();
    expect(present.length).toBeLessThanOrEqual(10);
    expect(present).toEqual(expect.arrayContaining(Array.from({ length: Math.min(n + 1, 5) }, (_, back) => n - back)));
  }
  map.set(99, 'changed');
  expect([map.get(99), map.get(0)]).toEqual(['changed', undefined]);
});
