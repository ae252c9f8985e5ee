import { ApplicationRef } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { CardRow } from '@agencyos/contracts';
import { FakeConnection } from '../../test/fake-connection';
import { COLUMNS, at, badge, card, ofTask } from '../../test/rows';
import { PageConnection } from '../live/connection';
import { Api, ProblemError } from '../session/api';
import { Outbox } from '../session/outbox';
import { Overview } from '../shell/overview';
import { BoardStore } from './board-store';

/** Answers commands as told. */
class FakeApi {
  readonly commands: { type: string; data: Record<string, unknown> }[] = [];
  answer: () => Promise<unknown> = async () => ({ stream: 'board-b1', revision: 1, position: '7' });

  command(_context: string, type: string, data: Record<string, unknown>): Promise<unknown> {
    this.commands.push({ type, data });
    return this.answer();
  }
}

describe('the board', () => {
  let connection: FakeConnection;
  let api: FakeApi;
  let store: BoardStore;
  const tick = () => TestBed.inject(ApplicationRef).tick();
  const followed = (kind: string) =>
    connection.sent.flatMap(({ event, data }) => {
      const { kind: named, id } = data as { kind?: string; id?: string };
      return event !== 'unsubscribe' && event !== 'unlive' && named === kind ? [id] : [];
    });
  const ids = (columnId: string) =>
    store
      .placed()
      .find(({ column }) => column.columnId === columnId)
      ?.cards.map(({ cardId }) => cardId);

  beforeEach(() => {
    connection = new FakeConnection();
    api = new FakeApi();
    TestBed.configureTestingModule({
      providers: [
        BoardStore,
        Overview,
        { provide: PageConnection, useValue: connection },
        { provide: Api, useValue: api },
      ],
    });
    store = TestBed.inject(BoardStore);
    store.boardId.set('b1');
    tick();
    connection.shows(
      'board',
      'b1',
      {
        board: { boardId: 'b1', name: 'Release', key: 'REL', purpose: 'work', laneBy: 'none', revision: 4 },
        ...Object.fromEntries(COLUMNS.map((column) => [`column/${column.columnId}`, column])),
        'card/a': card('a', 'todo', 'a'),
        'card/b': card('b', 'todo', 'b'),
        'card/t': card('t', 'doing', 'a', ofTask('lint')),
      },
      5,
    );
    tick();
  });

  it('asks for the badges and the progress of the runs on it', () => {
    expect(connection.sent).toContainEqual({ event: 'subscribe', data: { kind: 'task-badge', id: 'r1' } });
    expect(connection.sent).toContainEqual({ event: 'live', data: { kind: 'task', id: 'r1' } });
    connection.shows('task-badge', 'r1', { 'task/lint': badge('lint', 'leased') });
    expect(store.facts(store.card('t')!).badge?.state).toBe('leased');
  });

  it('shows a move at once and keeps it until the view has caught up', async () => {
    const moved = store.move(store.card('a')!, { toColumnId: 'done' }, { shownAtOnce: true });
    expect(ids('done')).toEqual(['a']);
    expect(store.isUnconfirmed('a')).toBe(true);
    await moved;
    tick();
    expect(store.isUnconfirmed('a')).toBe(true);
    const ops = [{ op: 'put' as const, key: 'card/a', value: card('a', 'done', 'a') }];
    connection.says('delta', { kind: 'board', id: 'b1', epoch: 'e1', from: 5, to: 7, ops });
    tick();
    expect(store.isUnconfirmed('a')).toBe(false);
    expect(ids('done')).toEqual(['a']);
  });

  it('puts the card back when the server refuses', async () => {
    api.answer = async () => {
      throw new ProblemError({ type: '', title: 'Full', status: 409, code: 'wip_limit' });
    };
    await expect(
      store.move(store.card('a')!, { toColumnId: 'doing' }, { shownAtOnce: true }),
    ).rejects.toThrow('Full');
    expect(ids('todo')).toEqual(['a', 'b']);
  });

  it('lays a move of before the reload over the board until the server has answered (fault 28)', async () => {
    let answer: (receipt: unknown) => void = () => undefined;
    api.answer = () => new Promise((resolve) => (answer = resolve));
    const data = { boardId: 'b1', cardIds: ['a'], toColumnId: 'done', seenColumnId: 'todo' };
    void TestBed.inject(Outbox).command('kanban', 'MoveCards', data);
    tick();
    expect(ids('done')).toEqual(['a']);
    expect(store.isUnconfirmed('a')).toBe(true);
    await Promise.resolve();
    answer({ stream: 's', revision: 1, position: '5' });
    await TestBed.inject(ApplicationRef).whenStable();
    tick();
    expect(ids('done')).toEqual([]);
  });

  it('keeps the second move of a card when the first one is answered', async () => {
    const answers: ((receipt: unknown) => void)[] = [];
    api.answer = () => new Promise((resolve) => answers.push(resolve));
    const card = store.card('a')!;
    const moves = [
      store.move(card, { toColumnId: 'doing' }, { shownAtOnce: true }),
      store.move(card, { toColumnId: 'done' }, { shownAtOnce: true }),
    ];
    await Promise.resolve();
    answers[0]?.({ stream: 's', revision: 1, position: '5' });
    await moves[0];
    tick();
    expect(ids('done')).toEqual(['a']);
  });

  it('sends the neighbours and what the viewer saw', async () => {
    await store.move(store.card('a')!, { toColumnId: 'doing', beforeId: 't' }, { shownAtOnce: true });
    await store.move(store.card('b')!, { toColumnId: 'doing' }, { shownAtOnce: true });
    expect(api.commands.map(({ data }) => data)).toMatchObject([
      { cardIds: ['a'], toColumnId: 'doing', seenColumnId: 'todo', beforeId: 't' },
      { cardIds: ['b'], toColumnId: 'doing', seenColumnId: 'todo', afterId: 't' },
    ]);
  });

  it('leaves a mirrored card where it is while its owner is asked', async () => {
    await store.move(store.card('t')!, { toColumnId: 'todo' }, { shownAtOnce: false, confirmed: true });
    expect(ids('doing')).toEqual(['t']);
    expect(api.commands[0]?.data).toMatchObject({ confirmed: true });
  });

  it('counts what a filter hides', () => {
    store.query.set('role:check');
    connection.shows('task-badge', 'r1', { 'task/lint': badge('lint', 'leased') });
    expect(ids('doing')).toEqual(['t']);
    expect(store.hidden()).toBe(2);
  });

  it('follows the latest runs, those that go on before the others, within what a socket holds', () => {
    const of = (runId: string, category: CardRow['category'], second: number) =>
      card(runId, category, 'a', {
        ...ofTask('lint', { movedAt: at(second) }),
        source: { kind: 'task', runId, taskId: 'lint' },
      });
    const cards = [of('old', 'doing', 0)];
    for (let n = 1; n <= 100; n++) cards.push(of(`done-${n}`, 'done', n));
    connection.shows('board', 'b1', Object.fromEntries(cards.map((one) => [`card/${one.cardId}`, one])), 6);
    tick();
    const badges = new Set(followed('task-badge'));
    for (const runId of ['old', 'done-100', 'done-99']) expect(badges).toContain(runId);
    expect(badges).not.toContain('done-1');
    expect(badges.size).toBeLessThan(100);
    expect(followed('task')).toEqual(['r1', 'old']);
  });
});
