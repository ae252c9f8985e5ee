import { describe, expect, it } from '@jest/globals';
import { ViewRows } from './view-rows.js';

const put = (key: string, value: unknown) => ({ op: 'put' as const, key, value });
const del = (key: string) => ({ op: 'del' as const, key });

function loaded(): ViewRows {
  const view = new ViewRows();
  view.replace({ epoch: 'e1', revision: 10, rows: { 'card/a': { n: 1 }, 'card/b': { n: 2 } } });
  return view;
}

describe('the rows of a view', () => {
  it('apply a delta that goes on from their revision', () => {
    const view = loaded();
    expect(view.apply({ epoch: 'e1', from: 10, to: 17, ops: [put('card/c', { n: 3 }), del('card/a')] })).toBe('applied');
    expect([...view.rows.keys()]).toEqual(['card/b', 'card/c']);
    expect(view.revision).toBe(17);
  });

  it('ask again when a delta is missing', () => {
    const view = loaded();
    expect(view.apply({ epoch: 'e1', from: 12, to: 17, ops: [] })).toBe('gap');
    expect(view.revision).toBe(10);
  });

  it('pass over what they have already', () => {
    const view = loaded();
    expect(view.apply({ epoch: 'e1', from: 4, to: 9, ops: [del('card/a')] })).toBe('ignored');
    expect(view.apply({ epoch: 'e1', from: 4, to: 10, ops: [del('card/a')] })).toBe('ignored');
    expect(view.rows.has('card/a')).toBe(true);
  });

  it('ask again when a delta overlaps them', () => {
    expect(loaded().apply({ epoch: 'e1', from: 8, to: 12, ops: [] })).toBe('gap');
  });

  it('ask again after a rebuild and before the first snapshot', () => {
    expect(loaded().apply({ epoch: 'e2', from: 10, to: 11, ops: [] })).toBe('gap');
    expect(new ViewRows().apply({ epoch: 'e1', from: 0, to: 1, ops: [] })).toBe('gap');
  });

  it('take the further parts of a large snapshot, which keep its revision', () => {
    const view = loaded();
    expect(view.apply({ epoch: 'e1', from: 10, to: 10, ops: [put('card/c', { n: 3 })] })).toBe('applied');
    expect(view.apply({ epoch: 'e1', from: 10, to: 12, ops: [put('card/d', { n: 4 })] })).toBe('applied');
    expect(view.rows.size).toBe(4);
  });

  it('keep the identity of what a new snapshot repeats', () => {
    const view = loaded();
    const before = view.rows.get('card/a');
    view.replace({ epoch: 'e2', revision: 30, rows: { 'card/a': { n: 1 }, 'card/b': { n: 5 } } });
    expect(view.rows.get('card/a')).toBe(before);
    expect(view.rows.get('card/b')).toEqual({ n: 5 });
    expect(view.rows.size).toBe(2);
  });

  it('are whole once the last part of a large snapshot is here', () => {
    const view = new ViewRows();
    expect(view.whole).toBe(false);
    view.replace({ epoch: 'e1', revision: 10, more: true, rows: { 'card/a': 1 } });
    expect([view.loaded, view.whole]).toEqual([true, false]);
    expect(view.apply({ epoch: 'e1', from: 10, to: 10, more: true, ops: [put('card/b', 2)] })).toBe('applied');
    expect(view.whole).toBe(false);
    view.apply({ epoch: 'e1', from: 10, to: 10, ops: [put('card/c', 3)] });
    expect(view.whole).toBe(true);
    expect([...view.rows.keys()]).toEqual(['card/a', 'card/b', 'card/c']);
    view.replace({ epoch: 'e1', revision: 12, more: true, rows: {} });
    expect(view.whole).toBe(false);
  });
});
