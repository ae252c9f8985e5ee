import { ApplicationRef } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import type { CardRow } from '@agencyos/contracts';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { allFocusable, answerWith, question, settled } from '../../test/dialog';
import { COLUMNS, card, ofTask } from '../../test/rows';
import { ProblemError } from '../session/api';
import { Session } from '../session/session';
import { Toaster } from '../ui/toaster';
import { BoardStore } from './board-store';
import { CardMoves } from './card-moves';
import type { DropOutcome } from './pure/move-rules';

const problem = (code: string) =>
  new ProblemError({
    type: '',
    title: 'No',
    status: 409,
    code,
    detail: 'Not now.',
    correlationId: 'c',
  } as never);

describe('a move that would stop an attempt', () => {
  let moves: CardMoves;
  let made: { columnId: string; confirmed: boolean; shownAtOnce: boolean }[];
  let refusals: Error[];
  const running: CardRow = card('build', 'doing', 'a', {
    title: 'Build the release' as CardRow['title'],
    ...ofTask('build'),
  });
  const stops = (wants: string) => ({ kind: 'ask', stopsAttempt: true, wants }) as DropOutcome;
  const settle = async () => {
    TestBed.inject(ApplicationRef).tick();
    await settled();
    await settled();
  };
  const answer = async (words: string) => {
    answerWith(words);
    await settle();
  };

  beforeEach(() => {
    [made, refusals] = [[], []];
    const store = {
      placed: () => COLUMNS.map((column) => ({ column, wip: { count: 0 }, cards: [] })),
      move: async (
        _: CardRow,
        { toColumnId }: { toColumnId: string },
        how: { confirmed: boolean; shownAtOnce: boolean },
      ) => {
        made.push({ columnId: toColumnId, ...how });
        const refusal = refusals.shift();
        if (refusal) throw refusal;
      },
    };
    TestBed.configureTestingModule({
      providers: [
        CardMoves,
        allFocusable,
        { provide: BoardStore, useValue: store },
        { provide: Session, useValue: { may: () => true } },
      ],
    });
    moves = TestBed.inject(CardMoves);
  });

  it.each([
    ['cancel', 'Cancel the running task?', 'Cancel task'],
    ['requeue', 'Stop the running attempt?', 'Stop and start again'],
  ])('asks before it does so to %s', async (wants, title, action) => {
    const done = moves.drop(running, { columnId: 'done' }, stops(wants));
    await settle();
    expect(question()?.textContent).toContain(title);
    expect(question()?.textContent).toContain('Build the release');
    expect(made).toEqual([]);
    await answer(action);
    await done;
    expect(made).toEqual([{ columnId: 'done', confirmed: true, shownAtOnce: false }]);
  });

  it('is not made by who goes back', async () => {
    const done = moves.drop(running, { columnId: 'todo' }, stops('requeue'));
    await settle();
    await answer('Back');
    await done;
    expect(made).toEqual([]);
  });

  it('is asked about when the server says so, once, and made again as confirmed', async () => {
    refusals = [problem('confirmation_required')];
    const done = moves.drop(running, { columnId: 'todo' }, {
      kind: 'ask',
      stopsAttempt: false,
      wants: 'requeue',
    } as DropOutcome);
    await settle();
    expect(made).toEqual([{ columnId: 'todo', confirmed: false, shownAtOnce: false }]);
    await answer('Stop and start again');
    await done;
    expect(made[1]).toEqual({ columnId: 'todo', confirmed: true, shownAtOnce: false });
  });

  it('that is refused though it was confirmed says why, and asks no more', async () => {
    refusals = [problem('confirmation_required')];
    const done = moves.drop(running, { columnId: 'todo' }, stops('requeue'));
    await settle();
    await answer('Stop and start again');
    await done;
    expect(question()).toBeNull();
    expect(made).toHaveLength(1);
    expect(TestBed.inject(Toaster).toasts()).toMatchObject([
      { tone: 'refused', detail: 'confirmation_required · c' },
    ]);
  });

  it('that the rules refuse is said, and not sent', async () => {
    const refusal = { title: 'Doing is full', detail: 'Move something out first.' };
    await moves.drop(running, { columnId: 'doing' }, { kind: 'refuse', refusal } as DropOutcome);
    expect(made).toEqual([]);
    expect(TestBed.inject(Toaster).toasts()).toMatchObject([
      { tone: 'refused', text: 'Doing is full. Move something out first.' },
    ]);
  });

  it('that stops nothing asks nothing', async () => {
    await moves.drop(card('a', 'todo', 'a'), { columnId: 'doing' }, { kind: 'move' } as DropOutcome);
    expect(question()).toBeNull();
    expect(made).toEqual([{ columnId: 'doing', confirmed: false, shownAtOnce: true }]);
  });
});
