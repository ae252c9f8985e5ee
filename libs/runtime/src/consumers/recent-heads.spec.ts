import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { RecentHeads } from './recent-heads.js';

const head = (id: string, to = 1) => ({ kind: 'board', id, epoch: 'one', to });
let heads: RecentHeads;
beforeEach(() => {
  jest.useFakeTimers();
  heads = new RecentHeads();
});
afterEach(() => {
  jest.useRealTimers();
});
const ids = () => heads.list().map(({ id }) => id);

describe('heads that are repeated', () => {
  it('are those of the last minute', () => {
    heads.note(head('a'));
    jest.advanceTimersByTime(30_000);
    heads.note(head('b'));
    jest.advanceTimersByTime(29_999);
    expect(ids()).toEqual(['a', 'b']);
    jest.advanceTimersByTime(1);
    expect(ids()).toEqual(['b']);
    jest.advanceTimersByTime(30_000);
    expect(ids()).toEqual([]);
  });

  it('are the last one of each view, a minute from then on', () => {
    heads.note(head('a', 1));
    jest.advanceTimersByTime(30_000);
    heads.note(head('b'));
    heads.note(head('a', 2));
    heads.note({ ...head('a', 5), kind: 'run' });
    jest.advanceTimersByTime(59_999);
    expect(heads.list()).toEqual([head('b'), head('a', 2), { ...head('a', 5), kind: 'run' }]);
  });

  it('are a thousand at most, the latest', () => {
    for (let n = 0; n < 1_001; n++) heads.note(head(String(n)));
    expect(ids()).toHaveLength(1_000);
    expect(ids()[0]).toBe('1');
  });
});
