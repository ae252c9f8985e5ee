import { describe, it } from '@jest/globals';
import { BOARD_LIMITS, type BoardCommand, type BoardEvent, text } from '@agencyos/contracts';
import { deciderSpec } from '@agencyos/testing/decider';
import { boardDecider } from './board.decider.js';
import {
  addCards,
  added,
  boardId,
  column,
  followed,
  id,
  kanban,
  mirrored,
  moved,
  newCard,
  openBoard,
  opened,
  person,
  taskSource,
} from './testing/board-scenario.js';

const given = deciderSpec(boardDecider);

describe('opening a board', () => {
  it('records its columns', () => given().when(openBoard()).then(opened()));
  it('is refused twice', () => given(opened()).when(openBoard()).thenRejected('already_exists'));
  it('is refused for a key that no card number can carry', () =>
    given()
      .when(openBoard({ key: 'rel-1' }))
      .thenRejected('key_invalid', { field: 'key' }));
  it('is refused for two columns of one rank or id', () => {
    const columns = [column('todo', 'a0'), column('done', 'a0')];
    given().when(openBoard({ columns })).thenRejected('already_exists', { field: 'columns.1.rank' });
  });
  it('takes further columns', () => {
    const data = { boardId, column: column('cancelled', 'a4') };
    given(opened()).when({ type: 'AddColumn', data }).then({ type: 'ColumnAdded', data });
    given(opened(), { type: 'ColumnAdded', data }).when({ type: 'AddColumn', data }).thenRejected('already_exists');
  });
});

describe('adding cards', () => {
  it('numbers them on and appends them to the column of the category', () =>
    given(opened(), added('a', 1))
      .when(addCards(newCard('b'), { ...newCard('c'), category: 'doing' }), person)
      .then(added('b', 2), added('c', 3, { columnId: id('doing'), category: 'doing', rank: 'a0' })));

  it('never gives a number twice', () =>
    given(opened(), added('a', 1), {
      type: 'CardArchived',
      data: { boardId, cardId: id('a'), why: 'person' },
    })
      .when(addCards(newCard('b')), person)
      .then(added('b', 2, { rank: 'a0' })));

  it('is refused wholly when one has no room or no column', () => {
    const two = [
      { ...newCard('a'), category: 'doing' as const },
      { ...newCard('b'), category: 'doing' as const },
    ];
    given(opened())
      .when(addCards(...two, { ...newCard('c'), columnId: id('doing') }), person)
      .thenRejected('wip_limit');
    given(opened())
      .when(addCards({ ...newCard('a'), columnId: id('nowhere') }), person)
      .thenRejected('unknown_column');
    given(opened(), added('a', 1))
      .when(addCards(newCard('a')), person)
      .thenRejected('already_exists');
  });

  it('lets only the owner add a card that mirrors work, again without effect', () => {
    const card = { ...newCard('lint'), source: taskSource('lint') };
    given(opened()).when(addCards(card), person).thenRejected('invalid', { field: 'cards.0.source' });
    given(opened())
      .when(addCards(card), kanban)
      .then(mirrored('lint', 1, { rank: 'a0' }));
    given(opened(), mirrored('lint', 1)).when(addCards(card), kanban).then();
  });
});

describe('the room of a column for new cards', () => {
  const warned = opened({ columns: [column('todo', 'a0', { wipLimit: 1, wipMode: 'warn' }), column('done', 'a1')] });

  it('is passed where its limit only warns, and that is marked', () =>
    given(warned)
      .when(addCards(newCard('a'), newCard('b')), person)
      .then(added('a', 1, { rank: 'a0' }), added('b', 2, { rank: 'a1', overLimit: true })));

  it('is passed by what mirrors work, marked as well', () => {
    const full = opened({ columns: [column('todo', 'a0', { wipLimit: 1 })] });
    const card = { ...newCard('lint'), source: taskSource('lint') };
    given(full, added('a', 1))
      .when(addCards(card), kanban)
      .then(mirrored('lint', 2, { overLimit: true }));
    given(full, added('a', 1))
      .when(addCards(newCard('b')), person)
      .thenRejected('wip_limit', { present: 1, limit: 1 });
  });

  it('is that of the column named, with the categories of the board where none is named', () => {
    given(opened())
      .when(addCards({ ...newCard('a'), columnId: id('review') }), person)
      .then(added('a', 1, { columnId: id('review'), category: 'review', rank: 'a0' }));
    const odd = opened({ columns: [column('doing', 'a0'), column('review', 'a1')] });
    given(odd)
      .when(addCards(newCard('a'), { ...newCard('b'), category: 'done' }), person)
      .then(
        added('a', 1, { columnId: id('doing'), category: 'doing', rank: 'a0' }),
        added('b', 2, { columnId: id('review'), category: 'review', rank: 'a0' }),
      );
  });

  it('names the columns that there are', () => {
    const allowed = ['todo', 'doing', 'review', 'done'].map((category) => ({ columnId: id(category) }));
    given(opened())
      .when(addCards(newCard('a'), { ...newCard('b'), columnId: id('nowhere') }), person)
      .thenRejected('unknown_column', { field: 'cards.1.columnId', allowed });
  });

  it('tells which card has its id from another', () => {
    const archived: BoardEvent = { type: 'CardArchived', data: { boardId, cardId: id('a'), why: 'person' } };
    given(opened(), added('a', 1), archived)
      .when(addCards(newCard('b'), newCard('a')), person)
      .thenRejected('already_exists', { field: 'cards.1.cardId' });
    given(opened())
      .when(addCards(newCard('a'), newCard('a')), person)
      .thenRejected('already_exists', { field: 'cards.1.cardId' });
  });

  it('says from which import they come', () => {
    const importId = id('import');
    given(opened())
      .when({ type: 'AddCards', data: { boardId, cards: [newCard('a')], importId } }, person)
      .then(added('a', 1, { rank: 'a0', importId }));
  });

  it('is each lane’s own where it says so, whatever the lanes are of', () => {
    const board = (laneBy: 'label' | 'assignee' | 'agent' | 'run' | 'priority' | 'none') =>
      opened({ laneBy, columns: [column('todo', 'a0', { wipLimit: 1, perLane: true })] });
    const full = (laneBy: Parameters<typeof board>[0], first: object, second: object, by = person) =>
      given(board(laneBy), added('a', 1, first)).when(addCards({ ...newCard('b'), ...second }), by);
    for (const [laneBy, one, other] of [
      ['label', { labels: ['x', 'z'] }, { labels: ['y'] }],
      ['label', { labels: ['x'] }, {}],
      ['assignee', { assignees: ['user:a'] }, { assignees: ['user:b'] }],
      ['agent', { assignees: ['agent:a'] }, {}],
      ['priority', { priority: 'low' }, { priority: 'high' }],
      ['none', { laneId: 'x' }, {}],
    ] as const) {
      full(laneBy, one, other).then(added('b', 2, { ...(other as object) }));
      full(laneBy, one, one).thenRejected('wip_limit');
    }
    full('run', { source: taskSource('t') }, {}).then(added('b', 2));
    full('run', { source: { kind: 'incident', incidentId: id('i') } }, {}).thenRejected('wip_limit');
  });
});

describe('opening and widening a board', () => {
  const add = (more: object = {}): BoardCommand => ({
    type: 'AddColumn',
    data: { boardId, column: column('cancelled', 'a9', more) },
  });

  it.each(['R', 'rel', '1AB', 'ABCDEFGHIJK', 'A-B'])('takes no key like %s', (key) =>
    given().when(openBoard({ key })).thenRejected('key_invalid', { field: 'key' }),
  );
  it.each(['RE', 'R2D2', 'ABCDEFGHIJ'])('takes a key like %s', (key) => given().when(openBoard({ key })).then(opened({ key })));

  it('tells which column is no other one', () => {
    given(opened())
      .when(add({ rank: 'a1' }))
      .thenRejected('already_exists', { field: 'column.rank' });
    given(opened())
      .when(add({ columnId: id('done') }))
      .thenRejected('already_exists', { field: 'column.columnId' });
    given()
      .when(openBoard({ columns: [column('todo', 'a0'), column('doing', 'a1'), { ...column('todo', 'a2') }] }))
      .thenRejected('already_exists', { field: 'columns.2.columnId' });
  });

  it('ends at the columns that a board may have', () => {
    const many = (count: number) =>
      opened({ columns: Array.from({ length: count }, (_, n) => ({ ...column('todo', `b${n + 10}`), columnId: id(`c${n}`) })) });
    const { data } = add() as Extract<BoardCommand, { type: 'AddColumn' }>;
    given(many(BOARD_LIMITS.columns - 1))
      .when(add())
      .then({ type: 'ColumnAdded', data });
    given(many(BOARD_LIMITS.columns)).when(add()).thenRejected('invalid', { field: 'column', limit: BOARD_LIMITS.columns });
  });

  it('puts a column where its rank says', () => {
    const first = { ...column('todo', 'Zz'), columnId: id('first') };
    given(opened(), { type: 'ColumnAdded', data: { boardId, column: first } })
      .when(addCards(newCard('a')), person)
      .then(added('a', 1, { columnId: id('first'), rank: 'a0' }));
  });
});

describe('changing cards', () => {
  const edit = (changes: Extract<BoardCommand, { type: 'EditCards' }>['data']['changes']): BoardCommand => ({
    type: 'EditCards',
    data: { boardId, cardIds: [id('a')], changes },
  });
  const edited = (changes: Extract<BoardEvent, { type: 'CardEdited' }>['data']['changes']): BoardEvent => ({
    type: 'CardEdited',
    data: { boardId, cardId: id('a'), changes },
  });
  const archive: BoardCommand = {
    type: 'ArchiveCards',
    data: { boardId, cardIds: [id('a')], why: 'person' },
  };

  it('records only what differs; null clears', () => {
    given(opened(), added('a', 1, { color: 'red' }))
      .when(edit({ title: text('a'), priority: 'high', color: null, laneId: null }), person)
      .then(edited({ priority: 'high', color: null }));
    given(opened(), added('a', 1), edited({ priority: 'high' }))
      .when(edit({ priority: 'high' }), person)
      .then();
  });

  it('leaves title, assignees and life of a mirrored card to its source while that is at work', () => {
    const board = [opened(), mirrored('a', 1)];
    given(...board)
      .when(edit({ title: text('other') }), person)
      .thenRejected('card_follows_source');
    given(...board)
      .when(edit({ priority: 'high' }), person)
      .then(edited({ priority: 'high' }));
    const assign: BoardCommand = {
      type: 'AssignCard',
      data: { boardId, cardId: id('a'), assignees: [person.actor] },
    };
    given(...board)
      .when(assign, person)
      .thenRejected('card_follows_source');
    given(...board)
      .when(archive, person)
      .thenRejected('card_follows_source');
    given(...board, followed('a', 5, 'todo', 'done'))
      .when(archive, person)
      .then({ type: 'CardArchived', data: { boardId, cardId: id('a'), why: 'person' } });
  });

  it('needs room in the lane that an edit puts the card into', () => {
    const lanes = opened({
      laneBy: 'priority',
      columns: [column('todo', 'a0', { wipLimit: 1, perLane: true })],
    });
    given(lanes, added('a', 1), added('b', 2, { priority: 'high' }))
      .when(edit({ priority: 'high' }), person)
      .thenRejected('wip_limit');
  });

  it('has no limit of a lane in its way where there is none, or it only warns', () => {
    for (const more of [{ perLane: false }, { wipMode: 'warn' as const }, { wipLimit: 2 }]) {
      const columns = [column('todo', 'a0', { wipLimit: 1, perLane: true, ...more })];
      given(opened({ laneBy: 'priority', columns }), added('a', 1), added('b', 2, { priority: 'high' }))
        .when(edit({ priority: 'high' }), person)
        .then(edited({ priority: 'high' }));
    }
    const columns = [column('todo', 'a0', { wipLimit: 1, perLane: true })];
    given(opened({ laneBy: 'priority', columns }), added('a', 1), added('b', 2, { priority: 'high' }))
      .when(edit({ title: text('other') }), person)
      .then(edited({ title: text('other') }));
  });

  it('is of cards that are there, each once', () => {
    const of = (...names: string[]): BoardCommand => ({
      type: 'EditCards',
      data: { boardId, cardIds: names.map(id), changes: { priority: 'high' } },
    });
    given(opened(), added('a', 1))
      .when(of('a', 'a'), person)
      .then(edited({ priority: 'high' }));
    given(opened(), added('a', 1))
      .when(of('a', 'b'), person)
      .thenRejected('not_found', { cardId: id('b') });
  });

  it('assigns each once, and the same again changes nothing', () => {
    const assign = (...assignees: string[]): BoardCommand => ({
      type: 'AssignCard',
      data: { boardId, cardId: id('a'), assignees },
    });
    const assigned = (...assignees: string[]): BoardEvent => ({
      type: 'CardAssigned',
      data: { boardId, cardId: id('a'), assignees },
    });
    given(opened(), added('a', 1))
      .when(assign('user:a', 'user:b', 'user:a'), person)
      .then(assigned('user:a', 'user:b'));
    given(opened(), added('a', 1), assigned('user:a')).when(assign('user:a', 'user:a'), person).then();
    given(opened(), mirrored('a', 1, { assignees: ['user:a'] }))
      .when(assign('user:a'), person)
      .then();
  });

  it('lets only the board itself archive by time or rule', () => {
    const byTime: BoardCommand = { type: 'ArchiveCards', data: { boardId, cardIds: [id('a'), id('a')], why: 'rule' } };
    given(opened(), added('a', 1)).when(byTime, person).thenRejected('invalid', { field: 'why' });
    for (const by of [kanban, { actor: 'system:setup' }])
      given(opened(), added('a', 1))
        .when(byTime, by)
        .then({ type: 'CardArchived', data: { boardId, cardId: id('a'), why: 'rule' } });
  });

  it('leaves a mirrored card that has failed or was cancelled to people again', () => {
    const failed: BoardEvent = {
      type: 'CardBlocked',
      data: { boardId, cardId: id('a'), reason: text('exit 1'), failed: true, sourceRevision: 9 },
    };
    given(opened(), mirrored('a', 1), failed)
      .when(edit({ title: text('other') }), person)
      .then(edited({ title: text('other') }));
    const columns = [column('todo', 'a0'), column('cancelled', 'a1')];
    given(opened({ columns }), mirrored('a', 1), followed('a', 5, 'todo', 'cancelled'))
      .when(edit({ title: text('other') }), person)
      .then(edited({ title: text('other') }));
  });

  it('archives once and frees the place', () => {
    const archived: BoardEvent = { type: 'CardArchived', data: { boardId, cardId: id('a'), why: 'person' } };
    given(opened(), added('a', 1), archived).when(archive, person).then();
    given(
      opened(),
      added('a', 1),
      added('b', 2),
      added('c', 3),
      moved('a', 'todo', 'doing'),
      moved('b', 'todo', 'doing', { rank: 'a1' }),
      archived,
    )
      .when({ type: 'MoveCards', data: { boardId, cardIds: [id('c')], toColumnId: id('doing') } }, person)
      .then(moved('c', 'todo', 'doing', { rank: 'a2' }));
  });
});
