import { describe, it } from '@jest/globals';
import { type BoardCommand, type BoardEvent, text } from '@agencyos/contracts';
import { deciderSpec } from '@agencyos/decider/testing';
import { boardDecider } from './board.decider.js';
import {
  added,
  boardId,
  column,
  followed,
  id,
  kanban,
  mirrored,
  moved,
  opened,
  sync,
  taskSource,
} from './testing/board-scenario.js';

const given = deciderSpec(boardDecider);
const about = { boardId, cardId: id('lint') };
const requestId = id('request');
const requested = (targetColumnId = id('todo')): BoardEvent => ({
  type: 'CardActionRequested',
  data: {
    ...about,
    requestId,
    wants: 'requeue',
    source: taskSource('lint'),
    seenSourceRevision: 3,
    targetColumnId,
  },
});
const decline: BoardCommand = {
  type: 'DeclineCardAction',
  data: { ...about, requestId, code: 'already_finished' },
};
const declined: BoardEvent = {
  type: 'CardActionDeclined',
  data: { ...about, requestId, code: 'already_finished' },
};
const blocked = (reason: string, sourceRevision: number): BoardEvent => ({
  type: 'CardBlocked',
  data: { ...about, reason: text(reason), failed: true, sourceRevision },
});
const running = [opened(), mirrored('lint', 1), followed('lint', 3, 'todo', 'doing')];

describe('following the source', () => {
  it('moves into the first column of the category', () =>
    given(opened(), mirrored('lint', 1))
      .when(sync('lint', 3, 'doing'), kanban)
      .then(followed('lint', 3, 'todo', 'doing')));

  it('ignores what is older, unknown or of another source', () => {
    given(...running)
      .when(sync('lint', 3, 'todo'), kanban)
      .then();
    given(...running)
      .when(sync('count', 4, 'doing'), kanban)
      .then();
    given(...running)
      .when(sync('lint', 4, 'done', { source: taskSource('count') }), kanban)
      .then();
    given(opened(), added('lint', 1))
      .when(sync('lint', 4, 'done'), kanban)
      .then();
  });

  it('stays in its column while the category is the same', () =>
    given(...running)
      .when(sync('lint', 5, 'doing'), kanban)
      .then());

  it('takes the next best column where the board has none of the category', () => {
    const board = opened({ columns: [column('todo', 'a0'), column('doing', 'a1'), column('done', 'a2')] });
    given(board, mirrored('lint', 1))
      .when(sync('lint', 3, 'review'), kanban)
      .then(followed('lint', 3, 'todo', 'doing'));
    given(board, mirrored('lint', 1))
      .when(sync('lint', 3, 'cancelled'), kanban)
      .then(followed('lint', 3, 'todo', 'done'));
  });

  it('is never refused for want of room, but marked', () =>
    given(
      opened(),
      added('a', 1),
      added('b', 2),
      mirrored('lint', 3),
      moved('a', 'todo', 'doing'),
      moved('b', 'todo', 'doing', { rank: 'a1' }),
    )
      .when(sync('lint', 3, 'doing'), kanban)
      .then(followed('lint', 3, 'todo', 'doing', { rank: 'a2', overLimit: true })));

  it('shows a failure, and that it is over', () => {
    given(...running)
      .when(sync('lint', 9, 'todo', { failed: text('exit 1') }), kanban)
      .then(followed('lint', 9, 'doing', 'todo'), blocked('exit 1', 9));
    given(...running, followed('lint', 9, 'doing', 'todo'), blocked('exit 1', 9))
      .when(sync('lint', 12, 'todo'), kanban)
      .then({ type: 'CardUnblocked', data: about });
  });

  it('grants a request by going into the column chosen', () => {
    const board = opened({
      columns: [column('todo', 'a0'), { ...column('todo', 'a1'), columnId: id('next') }, column('doing', 'a2')],
    });
    given(board, mirrored('lint', 1), followed('lint', 3, 'todo', 'doing'), requested(id('next')))
      .when(sync('lint', 5, 'todo'), kanban)
      .then(followed('lint', 5, 'doing', 'todo', { toColumnId: id('next'), requestId }));
  });

  it('grants another try of a failed card that stands in the column already', () =>
    given(...running, followed('lint', 9, 'doing', 'todo'), blocked('exit 1', 9), requested())
      .when(sync('lint', 12, 'todo'), kanban)
      .then(followed('lint', 12, 'todo', 'todo', { requestId }), { type: 'CardUnblocked', data: about }));
});

describe('declining a request', () => {
  it('is recorded once', () => {
    given(...running, requested())
      .when(decline, kanban)
      .then(declined);
    given(...running, requested(), declined)
      .when(decline, kanban)
      .then();
  });

  it('is recorded although the card has moved on, not after it was granted', () => {
    given(...running, requested(), followed('lint', 5, 'doing', 'done'))
      .when(decline, kanban)
      .then(declined);
    given(...running, requested(), followed('lint', 5, 'doing', 'todo', { requestId }))
      .when(decline, kanban)
      .then();
  });
});
