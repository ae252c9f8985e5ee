import { describe, expect, it } from '@jest/globals';
import { type BoardCommand, type BoardEvent, type CardSource, text } from '@agencyos/contracts';
import { deciderSpec } from '@agencyos/testing/decider';
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

describe('what a card mirrors', () => {
  const run = { kind: 'run', runId: id('run') } as const;
  const incident = { kind: 'incident', incidentId: id('incident') } as const;
  const moves = (source: CardSource, owner: CardSource) =>
    given(opened(), added('x', 1, { source }))
      .when({ type: 'SyncCard', data: { boardId, cardId: id('x'), source: owner, sourceRevision: 3, category: 'doing' } }, kanban)
      .events().length;

  it.each<[string, CardSource, CardSource, number]>([
    ['its run', run, run, 1],
    ['another run', run, { ...run, runId: id('other') }, 0],
    ['its incident', incident, incident, 1],
    ['another incident', incident, { ...incident, incidentId: id('other') }, 0],
    ['another task of its run', taskSource('a'), taskSource('b'), 0],
    ['a task of another run', taskSource('a'), { kind: 'task', runId: id('other'), taskId: 'a' }, 0],
    ['the run of its task', taskSource('a'), run, 0],
    ['a task of its run', run, taskSource('a'), 0],
    ['an incident instead of its run', run, incident, 0],
  ])('is followed where it is told by its owner: %s', (_, source, owner, count) => expect(moves(source, owner)).toBe(count));
});

describe('who is at work', () => {
  it('is shown on the card, once', () => {
    const assignees = ['agent:writer'];
    const assigned: BoardEvent = { type: 'CardAssigned', data: { ...about, assignees } };
    given(...running)
      .when(sync('lint', 5, 'doing', { assignees }), kanban)
      .then(assigned);
    given(...running, assigned)
      .when(sync('lint', 6, 'doing', { assignees }), kanban)
      .then();
    given(...running, assigned)
      .when(sync('lint', 6, 'doing', { assignees: [] }), kanban)
      .then({ type: 'CardAssigned', data: { ...about, assignees: [] } });
  });

  it('has failed with why, told anew where that is another', () => {
    const failed = [...running, followed('lint', 9, 'doing', 'todo'), blocked('exit 1', 9)];
    given(...failed)
      .when(sync('lint', 12, 'todo', { failed: text('exit 1') }), kanban)
      .then();
    given(...failed)
      .when(sync('lint', 12, 'todo', { failed: text('exit 2') }), kanban)
      .then(blocked('exit 2', 12));
  });

  it('leaves a card blocked that people have blocked', () => {
    const byPeople: BoardEvent = { type: 'CardBlocked', data: { ...about, reason: text('waits'), failed: false } };
    given(...running, byPeople)
      .when(sync('lint', 5, 'doing'), kanban)
      .then();
    given(...running, byPeople)
      .when(sync('lint', 5, 'doing', { failed: text('waits') }), kanban)
      .then(blocked('waits', 5));
  });
});

describe('a request that people wait for', () => {
  it('is not granted by going elsewhere, nor by failing', () => {
    given(...running, requested())
      .when(sync('lint', 5, 'done'), kanban)
      .then(followed('lint', 5, 'doing', 'done'));
    given(...running, requested())
      .when(sync('lint', 5, 'todo', { failed: text('exit 1') }), kanban)
      .then(followed('lint', 5, 'doing', 'todo'), blocked('exit 1', 5));
  });

  it('is for the column that there is', () =>
    given(...running, requested(id('gone')))
      .when(sync('lint', 5, 'todo'), kanban)
      .then(followed('lint', 5, 'doing', 'todo')));

  it('of a card that there is not is nothing to decline', () => given(opened()).when(decline, kanban).then());

  it('is declined by its own id', () => {
    const other = { ...decline, data: { ...decline.data, requestId: id('other') } } as BoardCommand;
    given(...running, requested())
      .when(other, kanban)
      .then();
  });
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
