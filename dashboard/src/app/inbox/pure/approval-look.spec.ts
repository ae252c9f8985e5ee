import type { InboxRow } from '@agencyos/contracts';
import { describe, expect, it } from '@jest/globals';
import { at, task } from '../../../test/rows';
import { sortInbox, waitsBehind } from './approval-look';

const row = (approvalId: string, more: Partial<InboxRow>) =>
  ({ approvalId, state: 'open', requestedAt: at(0), expiresAt: at(100), ...more }) as InboxRow;

describe('the inbox', () => {
  it('asks first for what expires first, and shows the last decision first', () => {
    const { open, decided } = sortInbox([
      row('a', { expiresAt: at(200) }),
      row('b', { expiresAt: at(50) }),
      row('c', { state: 'rejected', decidedAt: at(10) }),
      row('d', { state: 'granted', decidedAt: at(20) }),
    ]);
    expect(open.map(({ approvalId }) => approvalId)).toEqual(['b', 'a']);
    expect(decided.map(({ approvalId }) => approvalId)).toEqual(['d', 'c']);
  });

  it('knows everything that waits behind a gate', () => {
    const tasks = [
      task('notes', []),
      task('approve', ['notes']),
      task('publish', ['approve']),
      task('announce', ['publish']),
    ];
    expect(waitsBehind(tasks, 'approve').map(({ taskId }) => taskId)).toEqual(['publish', 'announce']);
  });
});
