import { describe, expect, it } from '@jest/globals';
import { type BoardEvent, type BoardSummaryRow, boardsView, boardView, type CardRow, type Fact, text } from '@agencyos/contracts';
import { NOW } from '@agencyos/decider/testing';
import type { RowStore } from '@agencyos/runtime';
import { added, boardId, followed, id, mirrored, moved, opened, person, taskSource } from '../board/testing/board-scenario.js';
import { boardProjection } from './board.view.js';

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
    await boardProjection.project({ ...factOf(event), revision }, rows);
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

  it('tells a visibility that nobody enforces (fault 11)', async () => {
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
    expect(done).toMatchObject({ columnId: id('done'), category: 'done', laneId: 'x', finishedAt: NOW });
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
      blocked: { reason: 'exit 1', failed: true, since: NOW },
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
      pending: { requestId, wants: 'requeue', since: NOW },
    });
    expect(await card(mirrored('a', 1), requested, followed('a', 5, 'todo', 'doing'))).not.toHaveProperty('pending');
    const refused = await card(mirrored('a', 1), requested, declined);
    expect(refused).toMatchObject({ declined: { code: 'already_finished', at: NOW } });
    expect(refused).not.toHaveProperty('pending');
    expect(await card(mirrored('a', 1), requested, declined, requested)).not.toHaveProperty('declined');
  });

  it('passes over facts of a card that is no longer there', async () =>
    expect(await card(moved('a', 'todo', 'doing'))).toBeUndefined());
});

describe('the list of boards', () => {
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
