import { describe, expect, it } from '@jest/globals';
import { actionRows } from './action-rows';

describe('the parts of an action', () => {
  it('are one line each, with what they are', () => {
    const value = {
      version: '0.1.0',
      breaking: false,
      guarded: {
        publish: { run: ['node', 'publish.mjs'], input: { notes: '# 0.1.0\n\n- Added', empty: {} } },
      },
      steps: [{ act: 'restart' }],
      none: null,
    };
    expect(actionRows({ value })).toEqual([
      { path: 'breaking', value: 'false', block: false },
      { path: 'guarded.publish.input.empty', value: '{}', block: false },
      { path: 'guarded.publish.input.notes', value: '# 0.1.0\n\n- Added', block: true },
      { path: 'guarded.publish.run', value: '["node", "publish.mjs"]', block: false },
      { path: 'none', value: 'null', block: false },
      { path: 'steps.0.act', value: '"restart"', block: false },
      { path: 'version', value: '"0.1.0"', block: false },
    ]);
  });

  it('stand in one order, whatever order the database gives them back in (fault 33)', () => {
    const live = { run: ['b', 'a'], input: { version: '1', at: 'x' } };
    const reloaded = { input: { at: 'x', version: '1' }, run: ['b', 'a'] };
    expect(actionRows({ value: live })).toEqual(actionRows({ value: reloaded }));
  });

  it('may be one value, nothing, or stored content', () => {
    expect(actionRows({ value: 5 })).toEqual([{ path: 'value', value: '5', block: false }]);
    expect(actionRows(undefined)).toEqual([]);
    expect(actionRows({ content: { digest: 'sha256:00', bytes: 4 } })).toMatchObject([
      { path: 'content.bytes', value: '4' },
      { path: 'content.digest' },
    ]);
  });
});
