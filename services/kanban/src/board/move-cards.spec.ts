import { describe, it } from '@jest/globals';
import { type BoardEvent, text } from '@agencyos/contracts';
import { deciderSpec } from '@agencyos/testing/decider';
import { boardDecider } from './board.decider.js';
import {
  added,
  agent,
  boardId,
  column,
  followed,
  id,
  kanban,
  mirrored,
  move,
  moved,
  opened,
  person,
  sync,
  taskSource,
} from './testing/board-scenario.js';

const given = deciderSpec(boardDecider);
const commandId = id('command');

describe('moving cards', () => {
  it('records both columns and a rank at the end', () =>
    given(opened(), added('a', 1), added('b', 2), moved('a', 'todo', 'doing'))
      .when(move('b', 'doing'), person)
      .then(moved('b', 'todo', 'doing', { rank: 'a1' })));

  it('puts cards between the neighbours named, in the order given', () =>
    given(opened(), added('a', 1), added('b', 2), added('c', 3), added('d', 4))
      .when(move(['d', 'c'], 'todo', { beforeId: id('b') }), person)
      .then(moved('d', 'todo', 'todo', { rank: 'a1G' }), moved('c', 'todo', 'todo', { rank: 'a1V' })));

  it('puts a card after its neighbour, and at the end when the neighbour has gone', () => {
    const cards = [opened(), added('a', 1), added('b', 2), added('c', 3)];
    given(...cards)
      .when(move('c', 'todo', { afterId: id('a') }), person)
      .then(moved('c', 'todo', 'todo', { rank: 'a1V' }));
    given(...cards, moved('b', 'todo', 'done'))
      .when(move('a', 'todo', { beforeId: id('b') }), person)
      .then(moved('a', 'todo', 'todo', { rank: 'a4' }));
  });

  it('has nothing to do when the card is there already', () => {
    given(opened(), added('a', 1)).when(move('a', 'todo'), person).then();
    given(opened(), added('a', 1), added('b', 2))
      .when(move('a', 'todo', { beforeId: id('b') }), person)
      .then();
  });

  it('leaves a card where it is that is dropped on itself (fault 27)', () =>
    given(opened(), added('a', 1), added('b', 2), added('c', 3))
      .when(move('a', 'todo', { beforeId: id('a') }), person)
      .then());

  it('is refused when a hard limit is reached, for all cards together', () => {
    const full = [opened(), added('a', 1), added('b', 2), added('c', 3), moved('a', 'todo', 'doing')];
    given(...full)
      .when(move(['b', 'c'], 'doing'), person)
      .thenRejected('wip_limit', { limit: 2, columnId: id('doing') });
    given(...full)
      .when(move('b', 'doing'), person)
      .then(moved('b', 'todo', 'doing', { rank: 'a1' }));
  });

  it('has room where failed cards stand beside the column (fault 34)', () => {
    const failed: BoardEvent = {
      type: 'CardBlocked',
      data: { boardId, cardId: id('lint'), reason: text('exit 1'), failed: true, sourceRevision: 9 },
    };
    const full = [opened(), added('a', 1), added('b', 2), mirrored('lint', 3), moved('a', 'todo', 'doing')];
    given(...full, followed('lint', 3, 'todo', 'doing'), failed)
      .when(move('b', 'doing'), person)
      .then(moved('b', 'todo', 'doing', { rank: 'a1' }));
  });

  it('passes a warning limit, marked', () =>
    given(
      opened({ columns: [column('todo', 'a0'), column('doing', 'a1', { wipLimit: 1, wipMode: 'warn' })] }),
      added('a', 1),
      added('b', 2),
      moved('a', 'todo', 'doing'),
    )
      .when(move('b', 'doing'), person)
      .then(moved('b', 'todo', 'doing', { rank: 'a1', overLimit: true })));

  it('counts a limit per lane where the column says so', () => {
    const lanes = opened({
      laneBy: 'priority',
      columns: [column('todo', 'a0'), column('doing', 'a1', { wipLimit: 1, perLane: true })],
    });
    const cards = [added('a', 1), added('b', 2, { priority: 'urgent' }), added('c', 3), moved('a', 'todo', 'doing')];
    given(lanes, ...cards)
      .when(move('b', 'doing'), person)
      .then(moved('b', 'todo', 'doing', { rank: 'a1' }));
    given(lanes, ...cards)
      .when(move('c', 'doing'), person)
      .thenRejected('wip_limit');
  });

  it('tells who moves an old picture where the card is', () => {
    const cards = [opened(), added('a', 1), moved('a', 'todo', 'doing')];
    const present = { columnId: id('doing'), revision: 2 };
    given(...cards)
      .when(move('a', 'done', { seenColumnId: id('todo') }), person)
      .thenRejected('stale_column', { present });
    given(...cards)
      .when(move('a', 'done', { seenRevision: 1 }), agent)
      .thenRejected('stale_column', { present });
    given(...cards)
      .when(move('a', 'done', { seenRevision: 2 }), agent)
      .then(moved('a', 'doing', 'done', { moved: 'agent' }));
    given(...cards)
      .when(move('a', 'done'), agent)
      .thenRejected('invalid', { field: 'seenColumnId' });
  });

  it('names the columns of the board when there is no such one', () => {
    given(opened(), added('a', 1)).when(move('a', 'cancelled'), person).thenRejected('unknown_column');
    given(opened()).when(move('a', 'done'), person).thenRejected('not_found');
    given().when(move('a', 'done'), person).thenRejected('not_found');
  });
});

describe('moving a card that mirrors a task', () => {
  const running = [opened(), mirrored('lint', 1), followed('lint', 3, 'todo', 'doing')];
  const failed: BoardEvent[] = [
    ...running,
    followed('lint', 9, 'doing', 'todo'),
    {
      type: 'CardBlocked',
      data: { boardId, cardId: id('lint'), reason: text('exit 1'), failed: true, sourceRevision: 9 },
    },
  ];
  const requested = (seenSourceRevision: number): BoardEvent => ({
    type: 'CardActionRequested',
    data: {
      boardId,
      cardId: id('lint'),
      requestId: commandId,
      wants: 'requeue',
      source: taskSource('lint'),
      seenSourceRevision,
      targetColumnId: id('todo'),
    },
  });

  it('asks first when it would stop an attempt, then asks the owner', () => {
    given(...running)
      .when(move('lint', 'todo'), person)
      .thenRejected('confirmation_required', { wants: 'requeue' });
    given(...running)
      .when(move('lint', 'todo', { confirmed: true }), { ...person, commandId })
      .then(requested(3));
  });

  it('asks for another try of a failed one although it stands in todo', () =>
    given(...failed)
      .when(move('lint', 'todo'), { ...person, commandId })
      .then(requested(9)));

  it('asks only once', () =>
    given(...running, requested(3))
      .when(move('lint', 'todo', { confirmed: true }), person)
      .then());

  it('is refused where the move asks for nothing, with the moves that are allowed', () => {
    const allowed = [{ columnId: id('todo'), wants: 'requeue' }, { columnId: id('doing') }];
    given(...running)
      .when(move('lint', 'done'), person)
      .thenRejected('card_follows_source', { allowed });
    given(...running)
      .when(move('lint', 'todo', { seenColumnId: id('doing'), confirmed: true }), agent)
      .thenRejected('card_follows_source');
  });

  it('is a plain move inside its category', () =>
    given(...running, mirrored('count', 2), followed('count', 4, 'todo', 'doing', { rank: 'a1' }))
      .when(move('count', 'doing', { beforeId: id('lint') }), person)
      .then(moved('count', 'doing', 'doing', { rank: 'Zz' })));

  it('asks for the cancellation of a run and the resolution of an incident', () => {
    const board = opened({
      columns: [column('todo', 'a0'), column('done', 'a1'), column('cancelled', 'a2')],
    });
    const wants = (event: BoardEvent, to: 'cancelled' | 'done') =>
      (given(board, event).when(move('x', to), person).events()[0]?.data as { wants?: string }).wants;
    const run = added('x', 1, { source: { kind: 'run', runId: id('run') } });
    const incident = added('x', 1, { source: { kind: 'incident', incidentId: id('incident') } });
    if (wants(run, 'cancelled') !== 'cancel' || wants(incident, 'done') !== 'resolve') throw new Error('wrong wish');
  });

  it('is not moved by its owner through MoveCards', () =>
    given(...running)
      .when(move('lint', 'done'), kanban)
      .thenRejected('card_follows_source'));

  it('stays for older facts', () =>
    given(...running)
      .when(sync('lint', 2, 'todo'), kanban)
      .then());
});
