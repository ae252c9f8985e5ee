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
      { path: 'version', value: '"0.1.0"', block: false },
      { path: 'breaking', value: 'false', block: false },
      { path: 'guarded.publish.run', value: '["node", "publish.mjs"]', block: false },
      { path: 'guarded.publish.input.notes', value: '# 0.1.0\n\n- Added', block: true },
      { path: 'guarded.publish.input.empty', value: '{}', block: false },
      { path: 'steps.0.act', value: '"restart"', block: false },
      { path: 'none', value: 'null', block: false },
    ]);
  });

  it('may be one value, nothing, or stored content', () => {
    expect(actionRows({ value: 5 })).toEqual([{ path: 'value', value: '5', block: false }]);
    expect(actionRows(undefined)).toEqual([]);
    expect(actionRows({ content: { digest: 'sha256:00', bytes: 4 } })).toMatchObject([
      { path: 'content.digest' },
      { path: 'content.bytes', value: '4' },
    ]);
  });
});
