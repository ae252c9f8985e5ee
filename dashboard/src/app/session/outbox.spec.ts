import { ApplicationRef } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { ViewOfKind } from '@agencyos/contracts';
import { FakeConnection } from '../../test/fake-connection';
import { PageConnection } from '../live/connection';
import type { LiveView } from '../live/live-view';
import { Toaster } from '../ui/toaster';
import { Api, ProblemError, refusalOf } from './api';
import { Outbox } from './outbox';
import { Session } from './session';

type Reply = 'answers' | 'is away' | ProblemError;

/** What the server does with each command, in turn; afterwards it answers. */
class FakeServer {
  readonly got: { type: string; id: string }[] = [];
  replies: Reply[] = [];
  person = 'user:me';

  get = async () => ({
    principal: this.person,
    user: { userId: 'me', name: 'me', roles: [] },
    permissions: [],
  });
  post = async () => ({});

  async command(_context: string, type: string, _data: object, id: string): Promise<unknown> {
    this.got.push({ type, id });
    const reply = this.replies.shift() ?? 'answers';
    if (reply === 'is away') throw new TypeError('Failed to fetch');
    if (reply instanceof ProblemError) throw reply;
    return { stream: 's', revision: 1, position: '7' };
  }
}

const problem = (status: number, code: string) => new ProblemError({ type: '', title: code, status, code });

const MOVE = { boardId: 'b', cardIds: ['c'], toColumnId: 'done', seenColumnId: 'todo' };

describe('what was done while the server was away (fault 28)', () => {
  let server: FakeServer;
  let connection: FakeConnection;

  /** A page as it is after it was loaded, with whoever is signed in. */
  const load = async (): Promise<Outbox> => {
    TestBed.resetTestingModule();
    connection = new FakeConnection();
    TestBed.configureTestingModule({
      providers: [
        { provide: PageConnection, useValue: connection },
        { provide: Api, useValue: server },
      ],
    });
    const outbox = TestBed.inject(Outbox);
    await TestBed.inject(Session).logIn('me', 'x');
    await settle();
    return outbox;
  };
  const settle = async () => {
    TestBed.inject(ApplicationRef).tick();
    await jest.advanceTimersByTimeAsync(0);
  };

  beforeEach(() => {
    jest.useFakeTimers();
    localStorage.clear();
    server = new FakeServer();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('is sent under the same id until there is an answer, at once when the connection is back', async () => {
    const outbox = await load();
    connection.status.set({ state: 'retrying', attempt: 1, since: 0 });
    server.replies = ['is away'];
    const answer = outbox.command('kanban', 'MoveCards', MOVE);
    await settle();
    expect(outbox.waiting()).toHaveLength(1);
    connection.status.set({ state: 'live', attempt: 0, since: 0 });
    await settle();
    expect(await answer).toMatchObject({ position: '7' });
    expect(new Set(server.got.map(({ id }) => id)).size).toBe(1);
    expect(outbox.waiting()).toEqual([]);
    expect(localStorage).toHaveLength(0);
  });

  it('outlasts a reload, with its id', async () => {
    server.replies = Array.from({ length: 50 }, () => 'is away' as const);
    const before = await load();
    before.command('kanban', 'MoveCards', MOVE).catch(() => undefined);
    await settle();
    const [first] = server.got;
    server.got.length = 0;
    server.replies = [];
    const after = await load();
    await settle();
    expect(server.got).toEqual([first]);
    expect(after.waiting()).toEqual([]);
    expect(localStorage).toHaveLength(0);
  });

  it('is sent by nobody else, and by the same person later', async () => {
    server.replies = Array.from({ length: 50 }, () => 'is away' as const);
    (await load()).command('kanban', 'MoveCards', MOVE).catch(() => undefined);
    await settle();
    server.got.length = 0;
    server.replies = [];
    server.person = 'user:other';
    await load();
    expect(server.got).toEqual([]);
    server.person = 'user:me';
    await load();
    expect(server.got).toHaveLength(1);
  });

  it('goes out in the order in which it was done', async () => {
    const outbox = await load();
    server.replies = ['is away', 'is away'];
    const answers = [
      outbox.command('kanban', 'MoveCards', MOVE),
      outbox.command('kanban', 'ArchiveCards', { boardId: 'b', cardIds: ['c'], why: 'person' }),
    ];
    await jest.advanceTimersByTimeAsync(10_000);
    await Promise.all(answers);
    expect(server.got.map(({ type }) => type)).toEqual([
      ...['MoveCards', 'MoveCards', 'MoveCards', 'ArchiveCards'],
    ]);
  });

  it('waits while the server is busy or the session is over, and is told when it is refused', async () => {
    const outbox = await load();
    server.replies = [problem(503, 'busy'), problem(401, 'unauthenticated'), problem(409, 'wip_limit')];
    const answer = outbox.command('kanban', 'MoveCards', MOVE).catch((error: unknown) => error);
    await jest.advanceTimersByTimeAsync(10_000);
    expect(await answer).toMatchObject({ code: 'wip_limit' });
    expect(server.got).toHaveLength(3);
    expect(localStorage).toHaveLength(0);
  });

  it('says what was refused after a reload, since nobody else waits for it', async () => {
    server.replies = Array.from({ length: 50 }, () => 'is away' as const);
    (await load()).command('kanban', 'MoveCards', MOVE).catch(() => undefined);
    await settle();
    server.replies = [problem(409, 'wip_limit')];
    await load();
    expect(TestBed.inject(Toaster).toasts()).toMatchObject([{ tone: 'refused', detail: 'wip_limit' }]);
  });
});

/** Nothing runs here: each line compiles only because the mistake in it is one. */
export const mistakes = (outbox: Outbox, board: LiveView<ViewOfKind<'board'>>) => [
  // @ts-expect-error -- no command has this name
  outbox.command('kanban', 'MoveCardz', MOVE),
  // @ts-expect-error -- another context decides it
  outbox.command('swarm', 'MoveCards', MOVE),
  // @ts-expect-error -- where to is missing
  outbox.command('kanban', 'MoveCards', { boardId: 'b', cardIds: ['c'] }),
  // @ts-expect-error -- a board has no such rows
  board.list('crad'),
  // @ts-expect-error -- a card has no such field
  board.list('card').map(({ titel }) => titel),
  // @ts-expect-error -- moving cards is refused with no such code
  refusalOf(undefined, 'MoveCards') === 'confirmation_requird',
  // @ts-expect-error -- the code is another command's
  refusalOf(undefined, 'VoteOnApproval') === 'wip_limit',
];
