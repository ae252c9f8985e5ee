import { describe, expect, it } from '@jest/globals';
import { type BoardEvent, type BoardSummaryRow, boardsView, boardView, type CardRow, type Fact, text } from '@agencyos/contracts';
import type { RowStore } from '@agencyos/runtime';
import { NOW } from '@agencyos/testing/decider';
import {
  added,
  boardId,
  column,
  followed,
  id,
  mirrored,
  moved,
  opened,
  person,
  taskSource,
} from '../board/testing/board-scenario.js';
import { boardProjection } from './board.view.js';
import { addedCard, movedCard } from './card-row.js';

/** The board was opened a second before. */
const later = (seconds: number) => new Date(Date.parse(NOW) + seconds * 1_000).toISOString();

/** The rows that a sequence of facts leaves behind. */
async function project(...events: BoardEvent[]): Promise<Record<string, unknown>> {
  const kept = new Map<string, unknown>();
  const path = (kind: string, view: string, key: string) => `${kind} ${view} ${key}`;
  const rows: RowStore = {
    get: async <T>(kind: string, view: string, key: string) => kept.get(path(kind, view, key)) as T | undefined,
    put: (kind, view, key, value) => void kept.set(path(kind, view, key), JSON.parse(JSON.stringify(value))),
    del: (kind, view, key) => void kept.delete(path(kind, view, key)),
    list: async () => [],
  };
  for (const [revision, event] of events.entries()) {
    const fact = factOf(event);
    await boardProjection.project({ ...fact, revision, metadata: { ...fact.metadata, recordedAt: later(revision - 1) } }, rows);
  }
  return Object.fromEntries(kept);
}

const factOf = ({ type, data }: BoardEvent): Fact => ({
  id: id(type),
  type,
  schema: 1,
  context: 'kanban',
  stream: `board-${boardId}`,
  revision: 0,
  position: '1',
  data,
  metadata: {
    commandId: id('command'),
    commandDigest: '',
    correlationId: id('command'),
    causationId: id('command'),
    actor: person.actor,
    depth: 0,
    recordedAt: NOW,
  },
});

const card = async (...events: BoardEvent[]) => {
  const row = (await project(opened(), ...events))[`board ${boardId} card/${id('a')}`] as CardRow | undefined;
  if (row) expect(boardView.rows.card.safeParse(row).error).toBeUndefined();
  return row;
};
const about = { boardId, cardId: id('a') };
const requestId = id('request');
const requested: BoardEvent = {
  type: 'CardActionRequested',
  data: {
    ...about,
    requestId,
    wants: 'requeue',
    source: taskSource('a'),
    seenSourceRevision: 3,
    targetColumnId: id('todo'),
  },
};

describe('the board view', () => {
  it('shows board and columns, with the revision of the stream', async () => {
    const rows = await project(opened(), added('a', 1), moved('a', 'todo', 'doing'));
    expect(rows[`board ${boardId} board`]).toMatchObject({ boardId, key: 'REL', revision: 2 });
    expect(rows[`board ${boardId} column/${id('doing')}`]).toMatchObject({ wipLimit: 2 });
  });

  it('tells who sees it (fault 11)', async () => {
    const of = async (more: object) => (await project(opened(more)))[`board ${boardId} board`];
    expect(await of({ visibility: 'members' })).toMatchObject({ visibility: 'members' });
    expect(await of({})).not.toHaveProperty('visibility');
  });

  it('shows where a card is, since when and by whom', async () => {
    expect(await card(added('a', 1))).toMatchObject({
      number: 1,
      createdAt: NOW,
      movedBy: person.actor,
      moved: 'person',
    });
    const done = await card(added('a', 1), moved('a', 'todo', 'done', { laneId: 'x' }));
    expect(done).toMatchObject({ columnId: id('done'), category: 'done', laneId: 'x', finishedAt: later(1) });
    expect(await card(added('a', 1), moved('a', 'todo', 'done'), moved('a', 'done', 'doing'))).not.toHaveProperty('finishedAt');
  });

  it('forgets an archived card and cleared fields', async () => {
    expect(await card(added('a', 1), { type: 'CardArchived', data: { ...about, why: 'person' } })).toBeUndefined();
    const edited = await card(added('a', 1, { color: 'red' }), {
      type: 'CardEdited',
      data: { ...about, changes: { color: null, title: text('new') } },
    });
    expect(edited).toMatchObject({ title: 'new' });
    expect(edited).not.toHaveProperty('color');
  });

  it('shows a failure until it is over', async () => {
    const failed: BoardEvent = {
      type: 'CardBlocked',
      data: { ...about, reason: text('exit 1'), failed: true, sourceRevision: 9 },
    };
    expect(await card(mirrored('a', 1), failed)).toMatchObject({
      blocked: { reason: 'exit 1', failed: true, since: later(1) },
      sourceRevision: 9,
    });
    expect(await card(mirrored('a', 1), failed, { type: 'CardUnblocked', data: about })).not.toHaveProperty('blocked');
  });

  it('shows a request until the card moves or the owner declines', async () => {
    const declined: BoardEvent = {
      type: 'CardActionDeclined',
      data: { ...about, requestId, code: 'already_finished' },
    };
    expect(await card(mirrored('a', 1), requested)).toMatchObject({
      pending: { requestId, wants: 'requeue', since: later(1) },
    });
    expect(await card(mirrored('a', 1), requested, followed('a', 5, 'todo', 'doing'))).not.toHaveProperty('pending');
    const refused = await card(mirrored('a', 1), requested, declined);
    expect(refused).toMatchObject({ declined: { code: 'already_finished', at: later(2) } });
    expect(refused).not.toHaveProperty('pending');
    expect(await card(mirrored('a', 1), requested, declined, requested)).not.toHaveProperty('declined');
  });

  it('has a new column, and new ranks, of the cards that are there', async () => {
    const next = { ...column('cancelled', 'Zz') };
    const rows = await project(
      opened(),
      added('a', 1),
      added('b', 2),
      { type: 'ColumnAdded', data: { boardId, column: next } },
      {
        type: 'CardsReranked',
        data: {
          ...{ boardId, columnId: id('todo') },
          ranks: [
            { cardId: id('a'), rank: 'a5' },
            { cardId: id('gone'), rank: 'a6' },
          ],
        },
      },
    );
    expect(rows[`board ${boardId} column/${id('cancelled')}`]).toEqual(next);
    expect(rows[`board ${boardId} card/${id('a')}`]).toMatchObject({ rank: 'a5', number: 1 });
    expect(rows[`board ${boardId} card/${id('b')}`]).toMatchObject({ rank: 'a2' });
    expect(rows).not.toHaveProperty([`board ${boardId} card/${id('gone')}`]);
    expect(rows[`board ${boardId} board`]).toMatchObject({ revision: 4 });
  });

  it('shows who has the card, and what came of whose move', async () => {
    const assignees = ['user:x'];
    expect(await card(added('a', 1), { type: 'CardAssigned', data: { ...about, assignees } })).toMatchObject({ assignees });
    expect(await card(mirrored('a', 1))).toMatchObject({ moved: 'source' });
    const moves = await card(mirrored('a', 1), followed('a', 7, 'todo', 'done', { overLimit: true }));
    expect(moves).toMatchObject({ moved: 'source', sourceRevision: 7, overLimit: true, rank: 'a0', movedBy: person.actor });
    const blocked: BoardEvent = { type: 'CardBlocked', data: { ...about, reason: text('waits'), failed: false } };
    expect(await card(added('a', 1), blocked)).not.toHaveProperty('sourceRevision');
  });

  it('keeps when a card was finished while it stays so', async () => {
    expect(await card(added('a', 1, { category: 'done', columnId: id('done') }))).toMatchObject({ finishedAt: NOW });
    const { finishedAt, movedAt } = (await card(
      added('a', 1, { category: 'done', columnId: id('done') }),
      moved('a', 'done', 'done', { rank: 'a7' }),
    ))!;
    expect([finishedAt, movedAt]).toEqual([NOW, later(1)]);
    expect(await card(added('a', 1), moved('a', 'todo', 'cancelled'))).toMatchObject({ finishedAt: later(1) });
  });

  it('keeps a request that another one was declined for', async () => {
    const other: BoardEvent = { type: 'CardActionDeclined', data: { ...about, requestId: id('other'), code: 'x' } };
    expect(await card(mirrored('a', 1), requested, other)).toMatchObject({ pending: { requestId }, declined: { code: 'x' } });
  });

  it('passes over facts of a card that is no longer there', async () =>
    expect(await card(moved('a', 'todo', 'doing'))).toBeUndefined());
});

describe('who moved a card by adding it', () => {
  it.each([
    ['user:one', 'person'],
    ['agent:writer', 'agent'],
    ['service:kanban', 'rule'],
  ])('%s is a %s', (actor, moved) => {
    const { boardId: _, ...data } = (added('a', 1) as Extract<BoardEvent, { type: 'CardAdded' }>).data;
    expect(addedCard(data, { ...factOf(added('a', 1)).metadata, actor })).toMatchObject({ moved, movedBy: actor });
  });

  it('is for whom a service moved it', () => {
    const { type, data } = moved('a', 'todo', 'doing') as Extract<BoardEvent, { type: 'CardMoved' }>;
    const fact = { ...factOf({ type, data }), type, data } as unknown as Parameters<typeof movedCard>[1];
    const metadata = { ...fact.metadata, actor: 'service:kanban', onBehalfOf: 'user:two' };
    expect(movedCard({} as CardRow, { ...fact, metadata })).toMatchObject({ movedBy: 'user:two' });
  });
});

describe('the list of boards', () => {
  it('has the columns by rank, each with its cards, and no board that it does not know', async () => {
    const columns = [column('done', 'b0'), column('todo', 'a0')];
    const rows = await project(opened({ columns }), { type: 'ColumnAdded', data: { boardId, column: column('doing', 'a5') } });
    const row = rows[`boards all board/${boardId}`] as BoardSummaryRow;
    expect(row.columns).toEqual(
      [column('todo', 'a0'), column('doing', 'a5'), column('done', 'b0')].map(({ columnId, name, category, rank }) => ({
        ...{ columnId, name, category, rank, count: 0 },
      })),
    );
    expect(row).toMatchObject({ boardId, name: 'Board', key: 'REL', purpose: 'work' });
    expect(await project(added('a', 1))).not.toHaveProperty([`boards all board/${boardId}`]);
  });

  it('counts the cards of each column', async () => {
    const rows = await project(
      opened(),
      added('a', 1),
      added('b', 2),
      added('c', 3),
      moved('a', 'todo', 'doing'),
      moved('b', 'todo', 'todo', { rank: 'a9' }),
      { type: 'CardArchived', data: { boardId, cardId: id('c'), why: 'person' } },
    );
    const row = rows[`boards all board/${boardId}`] as BoardSummaryRow;
    expect(boardsView.rows.board.safeParse(row).error).toBeUndefined();
    expect(row.columns.map(({ category, count }) => `${category} ${count}`)).toEqual(['todo 1', 'doing 1', 'review 0', 'done 0']);
  });
});
