import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type BoardSummaryRow,
  boardsView,
  boardView,
  type CardRow,
  type CommandMessage,
  ids,
  newId,
  subjects,
  type ViewDelta,
} from '@agencyos/contracts';
import { operationsBoardId, releaseBoardId, seededBoards } from '../src/seed.js';
import { type Harness, person, startHarness, until } from './harness.js';

let harness: Harness;
let release: string;
let operations: string;

beforeAll(async () => {
  harness = await startHarness();
  const { installationId } = harness.service.runtime.config;
  release = releaseBoardId(installationId);
  operations = operationsBoardId(installationId);
}, 90_000);
afterAll(() => harness?.stop(), 30_000);

const columnOf = (boardId: string, category: string) =>
  seededBoards(harness.service.runtime.config.installationId)
    .find((board) => board.boardId === boardId)!
    .columns.find((column) => column.category === category)!.columnId;
const cardRow = async (boardId: string, cardId: string) =>
  (await harness.page('board', boardId)).rows[`card/${cardId}`] as CardRow | undefined;
const cardIn = (boardId: string, cardId: string, category: string) =>
  until(
    () => cardRow(boardId, cardId),
    (card) => card?.category === category,
  ) as Promise<CardRow>;
const newCard = (title: string) => ({
  cardId: newId(),
  title,
  priority: 'normal',
  labels: [],
  assignees: [],
});

const usage = { inputTokens: 0, outputTokens: 0, cachedTokens: 0, activeMs: 1 };
const fault = { code: 'exit', message: 'The command ended with exit code 1', retryable: false };
const digest = `sha256:${'a'.repeat(64)}`;
async function startRun(runId: string, boardId = release, cards = 'tasks'): Promise<void> {
  const planned = (taskId: string, kind: string, role?: string) => ({
    taskId,
    nodeId: taskId,
    kind,
    title: `Task ${taskId}`,
    needs: [],
    card: true,
    ...(role && { role }),
  });
  await harness.record(`run-${runId}`, [
    {
      type: 'RunStarted',
      data: {
        runId,
        workflowId: 'release-check',
        version: 1,
        digest,
        name: 'Release check',
        input: { value: {} },
        cause: { kind: 'manual' },
        taskCount: 2,
        boardId,
        cards,
        admission: 'none',
      },
    },
    {
      type: 'TasksPlanned',
      data: { runId, tasks: [planned('lint', 'task', 'check'), planned('approve', 'gate')] },
    },
  ]);
}
const fact = (runId: string, type: string, data: object) =>
  harness.record(`run-${runId}`, [{ type, data: { runId, ...data } }]);
const lease = (runId: string, taskId: string, attempt: number) =>
  fact(runId, 'TaskLeased', {
    taskId,
    attempt,
    leasedBy: 'agent:command-1',
    instanceId: 'i-1',
    leaseMs: 6_000,
  });

describe('boards on real servers', () => {
  it('opens the seeded boards at first start, and only then', async () => {
    const boards = async () => Object.values((await harness.page('boards', 'all')).rows) as BoardSummaryRow[];
    expect((await until(boards, (rows) => rows.length === 2)).map(({ key }) => key).toSorted()).toEqual([
      'OPS',
      'REL',
    ]);
    await harness.restart();
    for await (const { revision, type } of harness.service.runtime.store.read(`board-${release}`)) {
      expect({ revision, type }).toEqual({ revision: 0, type: 'BoardOpened' });
    }
  }, 30_000);

  it('adds and moves a card, shows it and publishes the change', async () => {
    const deltas: ViewDelta[] = [];
    harness.gateway.subscribe(subjects.view('board', release), {
      callback: (_, message) => deltas.push(message.json()),
    });
    await harness.gateway.flush();
    const card = newCard('Write the notes');
    expect(await harness.send('AddCards', { boardId: release, cards: [card] })).toMatchObject({
      stream: `board-${release}`,
    });
    const toColumnId = columnOf(release, 'doing');
    const id = newId();
    const first = await harness.send(
      'MoveCards',
      { boardId: release, cardIds: [card.cardId], toColumnId },
      { id },
    );
    expect(
      await harness.send('MoveCards', { boardId: release, cardIds: [card.cardId], toColumnId }, { id }),
    ).toEqual(first);
    const shown = await cardIn(release, card.cardId, 'doing');
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
      () => cardRow(release, card.cardId),
      (row) => row === undefined,
    );
    await until(
      async () => (await harness.page('boards', 'all')).rows[`board/${release}`] as BoardSummaryRow,
      ({ columns }) => columns.every(({ count }) => count === 0),
    );
  }, 30_000);

  it('refuses with the reason what is not allowed', async () => {
    const [card, over] = [newCard('Mine'), newCard('x'.repeat(501))];
    const add = (cards: object[], options?: object) =>
      harness.send('AddCards', { boardId: release, cards }, options);
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
      cards.map(({ cardId }) =>
        harness.send('MoveCards', { boardId, cardIds: [cardId], toColumnId: columns[1]!.columnId }),
      ),
    );
    const refused = answers.flatMap((answer) => ('problem' in answer ? [answer.problem] : []));
    expect(refused).toHaveLength(17);
    expect(new Set(refused.map(({ code, status, limit }) => `${code} ${status} ${limit}`))).toEqual(
      new Set(['wip_limit 409 3']),
    );
  });
});

describe('cards that mirror work', () => {
  it('follow a run: todo, doing, review, done, and failed', async () => {
    const runId = newId();
    const [lint, approve] = [ids.taskCard(runId, 'lint'), ids.taskCard(runId, 'approve')];
    await startRun(runId);
    expect(await cardIn(release, lint, 'todo')).toMatchObject({
      labels: ['check'],
      source: { kind: 'task', runId, taskId: 'lint' },
    });
    await lease(runId, 'lint', 1);
    expect(await cardIn(release, lint, 'doing')).toMatchObject({
      moved: 'source',
      sourceRevision: 2,
      movedBy: 'service:kanban',
    });
    await fact(runId, 'TaskLeaseExpired', {
      taskId: 'lint',
      attempt: 1,
      lastSeenAt: '2026-01-01T00:00:00.000Z',
      final: false,
    });
    await cardIn(release, lint, 'todo');
    await lease(runId, 'lint', 2);
    await cardIn(release, lint, 'doing');
    await fact(runId, 'TaskSucceeded', {
      taskId: 'lint',
      attempt: 2,
      output: { value: {} },
      artifacts: [],
      usage,
    });
    expect(await cardIn(release, lint, 'done')).toMatchObject({ finishedAt: expect.any(String) });
    const approvalId = ids.gateApproval(runId, 'approve', 1);
    const action = { kind: 'publish', target: 'git:notes', parameters: { value: {} }, artifacts: [] };
    await fact(runId, 'GateReached', {
      taskId: 'approve',
      approvalId,
      action,
      actionDigest: digest,
      brief: { value: 'Read it' },
    });
    await cardIn(release, approve, 'review');
    await fact(runId, 'GateRefused', { taskId: 'approve', approvalId, outcome: 'expired' });
    expect(await cardIn(release, approve, 'todo')).toMatchObject({
      blocked: { failed: true, reason: 'The approval ended: expired' },
    });
  }, 30_000);

  it('show a whole run as one card where the run says so, and nothing when it says none', async () => {
    const [one, none] = [newId(), newId()];
    await startRun(none, release, 'none');
    await startRun(one, release, 'run');
    expect(await cardIn(release, ids.runCard(one), 'doing')).toMatchObject({ title: 'Release check' });
    await fact(one, 'RunFailed', { fault, failedTaskIds: ['lint'], usage });
    expect(await cardIn(release, ids.runCard(one), 'todo')).toMatchObject({
      blocked: { reason: fault.message, failed: true },
    });
    const { rows } = await harness.page('board', release);
    expect(Object.keys(rows)).not.toContain(`card/${ids.taskCard(none, 'lint')}`);
    expect(Object.keys(rows)).not.toContain(`card/${ids.taskCard(one, 'lint')}`);
  }, 30_000);

  it('follow an incident on the operations board', async () => {
    const incidentId = newId();
    const cardId = ids.incidentCard(incidentId);
    const breach = { monitorId: 'kanban-availability', breachId: newId(), severity: 'critical' };
    const happened = (type: string, data: object) =>
      harness.record(`incident-${incidentId}`, [{ type, data: { incidentId, ...data } }]);
    await happened('IncidentOpened', {
      targetId: 'kanban',
      title: 'kanban is down',
      ...breach,
      detectedAt: '2026-01-01T00:00:00.000Z',
    });
    expect(await cardIn(operations, cardId, 'todo')).toMatchObject({
      priority: 'urgent',
      labels: ['kanban'],
    });
    await happened('IncidentResponseStarted', { repairId: newId(), runbookId: 'restart-service' });
    await cardIn(operations, cardId, 'doing');
    await happened('IncidentResolved', {
      targetId: 'kanban',
      how: 'repair',
      lastedMs: 4_000,
      closeAt: '2026-01-01T01:00:00.000Z',
    });
    await cardIn(operations, cardId, 'done');
  }, 30_000);

  it('ask their owner when a person drags them, and follow or show the refusal', async () => {
    const runId = newId();
    const cardId = ids.taskCard(runId, 'lint');
    const swarm = await harness.connectAs('swarm');
    const asked: (CommandMessage & { subject: string })[] = [];
    const problem = {
      type: 'urn:agencyos:problem:already_finished',
      title: 'Conflict',
      status: 409,
      code: 'already_finished',
    };
    let refuses = true;
    swarm.subscribe('agencyos.cmd.swarm.*.*', {
      callback: (_, message) => {
        const commands = [message.json<CommandMessage | CommandMessage[]>()].flat();
        asked.push(...commands.map((command) => ({ ...command, subject: message.subject })));
        const accepted = { stream: `run-${runId}`, revision: 9, position: '1' };
        message.respond(
          JSON.stringify(commands.map(({ id }) => (refuses ? { id, problem } : { id, ...accepted }))),
        );
      },
    });
    await swarm.flush();
    await startRun(runId);
    await lease(runId, 'lint', 1);
    await cardIn(release, cardId, 'doing');
    const drag = { boardId: release, cardIds: [cardId], toColumnId: columnOf(release, 'todo') };
    expect(await harness.send('MoveCards', { ...drag, toColumnId: columnOf(release, 'done') })).toMatchObject(
      {
        problem: {
          code: 'card_follows_source',
          status: 422,
          allowed: expect.arrayContaining([{ columnId: drag.toColumnId, wants: 'requeue' }]),
        },
      },
    );
    expect(await harness.send('MoveCards', drag)).toMatchObject({
      problem: { code: 'confirmation_required', status: 409 },
    });
    expect(await harness.send('MoveCards', { ...drag, confirmed: true })).not.toHaveProperty('problem');
    const declined = await until(
      () => cardRow(release, cardId),
      (card) => card?.declined !== undefined,
    );
    expect(declined).toMatchObject({ category: 'doing', declined: { code: 'already_finished' } });
    expect(asked).toMatchObject([
      {
        subject: subjects.command('swarm', 'run', 'kanban'),
        type: 'RequeueTask',
        data: { runId, taskId: 'lint', seenRevision: 2 },
        metadata: { onBehalfOf: person },
      },
    ]);

    refuses = false;
    expect(await harness.send('MoveCards', { ...drag, confirmed: true })).not.toHaveProperty('problem');
    const pending = await until(
      () => cardRow(release, cardId),
      (card) => card?.pending !== undefined,
    );
    expect(pending).toMatchObject({
      category: 'doing',
      pending: { wants: 'requeue', targetColumnId: drag.toColumnId },
    });
    await until(
      () => asked.length,
      (count) => count === 2,
    );
    await fact(runId, 'TaskReleased', { taskId: 'lint', attempt: 1, why: 'requeue' });
    expect(await cardIn(release, cardId, 'todo')).not.toHaveProperty('pending');
    await swarm.close();
  }, 30_000);

  it('miss nothing and repeat nothing over a stop in between', async () => {
    const runId = newId();
    const cardId = ids.taskCard(runId, 'lint');
    await startRun(runId);
    await cardIn(release, cardId, 'todo');
    const { store } = harness.service.runtime;
    await harness.restart();
    expect(harness.service.runtime.store).not.toBe(store);
    await lease(runId, 'lint', 1);
    await cardIn(release, cardId, 'doing');
    const about = [];
    for await (const { type, data } of harness.service.runtime.store.read(`board-${release}`)) {
      if (data['cardId'] === cardId) about.push(type);
    }
    expect(about).toEqual(['CardAdded', 'CardMoved']);
  }, 30_000);
});
