import { describe, expect, it } from '@jest/globals';
import { type BoardCommand, type Category, text } from '@agencyos/contracts';
import { isRejection } from '@agencyos/decider';
import { testMetadata } from '@agencyos/testing/decider';
import fc from 'fast-check';
import { type Board, cardOf, placesOf } from './board.js';
import { boardDecider } from './board.decider.js';
import {
  addCards,
  agent,
  boardId,
  column,
  id,
  kanban,
  move,
  newCard,
  openBoard,
  person,
  sync,
  taskSource,
} from './testing/board-scenario.js';

const LIMIT = 3;
const columns = [
  column('todo', 'a0'),
  column('doing', 'a1', { wipLimit: LIMIT }),
  column('review', 'a2', { wipLimit: LIMIT, wipMode: 'warn' }),
  column('done', 'a3'),
];
const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const name = fc.constantFrom(...names);
const category = fc.constantFrom<Category>('todo', 'doing', 'review', 'done');
const neighbour = fc.option(name.map(id), { nil: undefined });
/** The first half are people's own cards, the others mirror tasks. */
const isMirrored = (card: string): boolean => names.indexOf(card) >= names.length / 2;

type Step = { command: BoardCommand; actor: { actor: string } };
const step: fc.Arbitrary<Step> = fc.oneof(
  fc
    .record({ card: name, to: category })
    .map(({ card, to }) =>
      isMirrored(card)
        ? { command: addCards({ ...newCard(card), source: taskSource(card) }), actor: kanban }
        : { command: addCards({ ...newCard(card), category: to }), actor: person },
    ),
  fc
    .record({
      cards: fc.uniqueArray(name, { minLength: 1, maxLength: 3 }),
      to: category,
      beforeId: neighbour,
      afterId: neighbour,
      confirmed: fc.boolean(),
      by: fc.boolean(),
    })
    .map(({ cards, to, by, ...more }) => ({
      command: move(cards, to, { ...more, ...(by && { seenColumnId: id('todo') }) }),
      actor: by ? agent : person,
    })),
  fc.record({ card: name, revision: fc.nat(200), to: category, failed: fc.boolean() }).map(({ card, revision, to, failed }) => ({
    command: sync(card, revision, failed ? 'todo' : to, failed ? { failed: text('failed') } : {}),
    actor: kanban,
  })),
  name.map((card): Step => ({
    command: { type: 'ArchiveCards', data: { boardId, cardIds: [id(card)], why: 'person' } },
    actor: person,
  })),
  fc.record({ card: name, priority: fc.constantFrom('low' as const, 'urgent' as const) }).map(({ card, priority }): Step => ({
    command: { type: 'EditCards', data: { boardId, cardIds: [id(card)], changes: { priority } } },
    actor: person,
  })),
);

function checkInvariants(board: Board): void {
  const stands = new Map<string, number>();
  for (const { columnId } of board.columns) {
    const places = placesOf(board, columnId);
    const ranks = places.map(({ rank }) => rank);
    expect(ranks).toEqual([...new Set(ranks)].toSorted((a, b) => (a < b ? -1 : 1)));
    for (const { cardId, rank } of places) {
      stands.set(cardId, (stands.get(cardId) ?? 0) + 1);
      expect(cardOf(board, cardId)).toMatchObject({ columnId, rank });
    }
  }
  const open = board.cards.flatMap((bucket) => bucket.map(([, card]) => card));
  expect([...stands.values()].every((times) => times === 1)).toBe(true);
  expect(open).toHaveLength(stands.size);
  const numbers = [
    ...open.map(({ number }) => number),
    ...board.archived.flatMap((bucket) => bucket.map(([, number]) => number)),
  ];
  expect(new Set(numbers).size).toBe(numbers.length);
}

describe('a board, whatever is asked of it', () => {
  it('keeps each card in one column at one rank, numbers unique, hard limits for every move asked for', () =>
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let revision = 0;
        const run = (board: Board, { command, actor }: Step, n: number): Board => {
          const metadata = testMetadata({ ...actor, commandId: id(`command ${n}`) });
          try {
            const events = boardDecider.decide({ ...command, metadata }, board);
            for (const event of events) {
              if (command.type === 'SyncCard' || event.type !== 'CardMoved' || event.data.fromColumnId === event.data.toColumnId)
                continue;
              if (event.data.toColumnId === id('doing')) expect(event.data.overLimit).toBe(false);
              if (isMirrored(names.find((card) => id(card) === event.data.cardId) as string))
                expect(event.data.category).toBe(event.data.fromCategory);
            }
            const next = events.reduce(
              (state, event) =>
                boardDecider.evolve(state, event, {
                  revision: (revision += 1),
                  recordedAt: metadata.now,
                  actor: metadata.actor,
                }),
              board,
            );
            const grew = placesOf(next, id('doing')).length > placesOf(board, id('doing')).length;
            if (grew && command.type === 'MoveCards') expect(placesOf(next, id('doing')).length).toBeLessThanOrEqual(LIMIT);
            return next;
          } catch (error) {
            if (!isRejection(error)) throw error;
            return board;
          }
        };
        const opened = run(boardDecider.initialState, { command: openBoard({ columns }), actor: person }, -1);
        steps.reduce((board, next, n) => {
          const after = run(board, next, n);
          checkInvariants(after);
          return after;
        }, opened);
      }),
      { numRuns: 300 },
    ));

  it('obeys every drop, however often into one gap (fault 27)', () => {
    const board = (cards: number) => {
      const run = (state: Board, command: BoardCommand): Board => {
        const metadata = testMetadata(person);
        const events = boardDecider.decide({ ...command, metadata }, state);
        for (const event of events) if (event.type === 'CardsReranked') expect(event.data.ranks.length).toBeLessThanOrEqual(200);
        return events.reduce(
          (folded, event) => boardDecider.evolve(folded, event, { revision: 1, recordedAt: metadata.now, actor: metadata.actor }),
          state,
        );
      };
      const all = Array.from({ length: cards }, (_, n) => `card ${n}`);
      let state = run(boardDecider.initialState, openBoard({ columns }));
      for (let from = 0; from < cards; from += 200)
        state = run(
          state,
          addCards(...all.slice(from, from + 200).map((one) => ({ ...newCard(one), category: 'todo' as const }))),
        );
      return { run, all, state };
    };
    for (const [cards, drops] of [
      [400, 180],
      [300, 5_000],
    ] as const) {
      const { run, all, ...opened } = board(cards);
      let { state } = opened;
      for (let n = 0; n < drops; n++) {
        // Always behind the first card: each drop halves the same gap.
        const order = placesOf(state, id('todo')).map(({ cardId }) => cardId);
        const last = order.at(-1)!;
        state = run(state, {
          type: 'MoveCards',
          data: { boardId, cardIds: [last], toColumnId: id('todo'), beforeId: order[1]! },
        });
        expect(
          placesOf(state, id('todo'))
            .slice(0, 3)
            .map(({ cardId }) => cardId),
        ).toEqual([order[0], last, order[1]]);
      }
      checkInvariants(state);
      expect(placesOf(state, id('todo')).every(({ rank }) => rank.length <= 32)).toBe(true);
      expect(placesOf(state, id('todo'))).toHaveLength(all.length);
    }
  });
});
