import { deriveId, describeCommand, newId } from '@agencyos/contracts';
import { describe, expect, it } from '@jest/globals';
import { requireMinted } from './require-minted.js';

const base = newId();
const derived = deriveId(base, 'gate/approve/1');

const check = (type: string, data: Record<string, unknown>, id = newId()) => {
  requireMinted({ id, data, mints: describeCommand(type)?.mints });
};

describe('ids that a sender mints (fault 9)', () => {
  it('are UUIDs of version 7 or 4', () => {
    expect(() => check('CancelRun', { runId: derived })).not.toThrow(); // it names what is there
    expect(() => check('StartRun', { runId: base }, crypto.randomUUID())).not.toThrow();
  });

  it.each([
    ['a derived id', derived],
    ['an id in capitals, from which the same ids derive', base.toUpperCase()],
    ['one of version 1', 'c232ab00-9414-11ec-b3c8-9f6bdeced846'],
  ])('are not %s', (_, id) => {
    expect(() => check('CancelRun', { runId: base }, id)).toThrow(
      expect.objectContaining({ code: 'invalid', details: expect.objectContaining({ field: 'id' }) }),
    );
  });

  it.each([
    ['StartRun', { runId: derived }, 'runId'],
    ['RequestApproval', { approvalId: derived }, 'approvalId'],
    ['AddUser', { userId: derived }, 'userId'],
    ['OpenBoard', { boardId: derived, columns: [] }, 'boardId'],
    ['OpenBoard', { boardId: base, columns: [{ columnId: base }, { columnId: derived }] }, 'columns.1.columnId'],
    ['AddColumn', { boardId: derived, column: { columnId: derived } }, 'column.columnId'],
    ['AddCards', { boardId: derived, cards: [{ cardId: base }, { cardId: derived }] }, 'cards.1.cardId'],
  ])('are named where %s has them', (type, data, field) => {
    expect(() => check(type, data)).toThrow(
      expect.objectContaining({ code: 'invalid', details: expect.objectContaining({ field }) }),
    );
  });
});
