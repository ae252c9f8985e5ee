import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type BoardSummaryRow, boardsView, boardView, type CardRow, newId, subjects, type ViewDelta } from '@agencyos/contracts';
import { until } from '@agencyos/testing';
import { type Harness, newCard, person, startHarness } from './harness.js';

let harness: Harness;
let release: string;

beforeAll(async () => {
  harness = await startHarness();
  ({ release } = harness);
});
afterAll(() => harness?.stop());

describe('boards on real servers', () => {
  it('opens the seeded boards at first start, and only then', async () => {
    const boards = async () => Object.values((await harness.page('boards', 'all')).rows) as BoardSummaryRow[];
    expect((await until(boards, (rows) => rows.length === 2)).map(({ key }) => key).toSorted()).toEqual(['OPS', 'REL']);
    await harness.restart();
    for await (const { revision, type } of harness.service.runtime.store.read(`board-${release}`)) {
      expect({ revision, type }).toEqual({ revision: 0, type: 'BoardOpened' });
    }
  });

  it('adds and moves a card, shows it and publishes the change', async () => {
    const deltas: ViewDelta[] = [];
    harness.gateway.subscribe(subjects.view('board', release), {
      callback: (_, message) => void deltas.push(message.json()),
    });
    await harness.gateway.flush();
    const card = newCard('Write the notes');
    expect(await harness.send('AddCards', { boardId: release, cards: [card] })).toMatchObject({
      stream: `board-${release}`,
    });
    const toColumnId = harness.columnOf(release, 'doing');
    const id = newId();
    const first = await harness.send('MoveCards', { boardId: release, cardIds: [card.cardId], toColumnId }, { id });
    expect(await harness.send('MoveCards', { boardId: release, cardIds: [card.cardId], toColumnId }, { id })).toEqual(first);
    const shown = await harness.cardIn(release, card.cardId, 'doing');
    expect(shown).toMatchObject({
      title: 'Write the notes',
      moved: 'person',
      movedBy: person,
      overLimit: false,
    });
    expect(boardView.rows.card.safeParse(shown).error).toBeUndefined();
    await until(
      () => deltas.flatMap(({ ops }) => ops),
      (ops) => ops.some((op) => op.op === 'put' && (op.value as CardRow).columnId === toColumnId),
    );
    const [summary] = Object.values((await harness.page('boards', 'all')).rows).filter(
      (row) => (row as BoardSummaryRow).key === 'REL',
    );
    expect(boardsView.rows.board.safeParse(summary).error).toBeUndefined();
    const archived = await harness.send('ArchiveCards', {
      boardId: release,
      cardIds: [card.cardId],
      why: 'person',
    });
    expect(archived).not.toHaveProperty('problem');
    await until(
      () => harness.cardRow(release, card.cardId),
      (row) => row === undefined,
    );
    await until(
      async () => (await harness.page('boards', 'all')).rows[`board/${release}`] as BoardSummaryRow,
      ({ columns }) => columns.every(({ count }) => count === 0),
    );
  });

  it('refuses with the reason what is not allowed', async () => {
    const [card, over] = [newCard('Mine'), newCard('x'.repeat(501))];
    const add = (cards: object[], options?: object) => harness.send('AddCards', { boardId: release, cards }, options);
    expect(await add([card], { permissions: ['board:read'] })).toMatchObject({
      problem: { code: 'forbidden', status: 403 },
    });
    expect(await add([over])).toMatchObject({
      problem: { code: 'invalid', status: 422, field: 'cards.0.title' },
    });
    expect(await add([newCard('\u202Ereversed')])).toMatchObject({
      problem: { code: 'invalid', field: 'cards.0.title' },
    });
    expect(await add([newCard(' ')])).toMatchObject({ problem: { code: 'invalid', field: 'cards.0.title' } });
    expect(await add([{ ...card, source: { kind: 'run', runId: newId() } }])).toMatchObject({
      problem: { code: 'invalid' },
    });
    expect(await harness.send('AddCards', { boardId: newId(), cards: [card] })).toMatchObject({
      problem: { code: 'not_found', status: 404 },
    });
    const sync = {
      boardId: release,
      cardId: card.cardId,
      source: { kind: 'run', runId: newId() },
      sourceRevision: 1,
      category: 'done',
    };
    expect(await harness.send('SyncCard', sync)).toMatchObject({ problem: { code: 'forbidden' } });
  });

  it('lets no two racing moves pass a hard limit', async () => {
    const boardId = newId();
    const column = (category: string, rank: string, more = {}) => ({
      columnId: newId(),
      name: category,
      category,
      rank,
      wipMode: 'hard',
      perLane: false,
      ...more,
    });
    const columns = [column('todo', 'a0'), column('doing', 'a1', { wipLimit: 3 })];
    const board = {
      boardId,
      name: 'Race',
      key: 'RACE',
      purpose: 'work',
      columns,
      laneBy: 'none',
      visibility: 'all',
    };
    expect(await harness.send('OpenBoard', board)).toMatchObject({ revision: 0 });
    const cards = Array.from({ length: 20 }, (_, n) => newCard(`Card ${n}`));
    await harness.send('AddCards', { boardId, cards });
    const answers = await Promise.all(
      cards.map(({ cardId }) => harness.send('MoveCards', { boardId, cardIds: [cardId], toColumnId: columns[1]!.columnId })),
    );
    const refused = answers.flatMap((answer) => ('problem' in answer ? [answer.problem] : []));
    expect(refused).toHaveLength(17);
    expect(new Set(refused.map(({ code, status, limit }) => `${code} ${status} ${limit}`))).toEqual(new Set(['wip_limit 409 3']));
  });
});
