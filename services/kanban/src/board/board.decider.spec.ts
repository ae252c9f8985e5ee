import { describe, it } from '@jest/globals';
import { type BoardCommand, type BoardEvent, text } from '@agencyos/contracts';
import { deciderSpec } from '@agencyos/decider/testing';
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
