import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type CommandMessage, ids, newId, subjects } from '@agencyos/contracts';
import { until } from '@agencyos/testing';
import { type Harness, person, startHarness } from './harness.js';

let harness: Harness;
let release: string;
let operations: string;
beforeAll(async () => {
  harness = await startHarness();
  ({ release, operations } = harness);
});
afterAll(() => harness?.stop());

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
const fact = (runId: string, type: string, data: object) => harness.record(`run-${runId}`, [{ type, data: { runId, ...data } }]);
const lease = (runId: string, taskId: string, attempt: number) =>
  fact(runId, 'TaskLeased', {
    taskId,
    attempt,
    leasedBy: 'agent:command-1',
    instanceId: 'i-1',
    leaseMs: 6_000,
  });

describe('cards that mirror work', () => {
  it('follow a run: todo, doing, review, done, and failed', async () => {
    const runId = newId();
    const [lint, approve] = [ids.taskCard(runId, 'lint'), ids.taskCard(runId, 'approve')];
    await startRun(runId);
    expect(await harness.cardIn(release, lint, 'todo')).toMatchObject({
      labels: ['check'],
      source: { kind: 'task', runId, taskId: 'lint' },
    });
    await lease(runId, 'lint', 1);
    expect(await harness.cardIn(release, lint, 'doing')).toMatchObject({
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
    await harness.cardIn(release, lint, 'todo');
    await lease(runId, 'lint', 2);
    await harness.cardIn(release, lint, 'doing');
    await fact(runId, 'TaskSucceeded', {
      taskId: 'lint',
      attempt: 2,
      output: { value: {} },
      artifacts: [],
      usage,
    });
    expect(await harness.cardIn(release, lint, 'done')).toMatchObject({ finishedAt: expect.any(String) });
    const approvalId = ids.gateApproval(runId, 'approve', 1);
    const action = { kind: 'publish', target: 'git:notes', parameters: { value: {} }, artifacts: [] };
    await fact(runId, 'GateReached', {
      taskId: 'approve',
      approvalId,
      action,
      actionDigest: digest,
      brief: { value: 'Read it' },
    });
    await harness.cardIn(release, approve, 'review');
    await fact(runId, 'GateRefused', { taskId: 'approve', approvalId, outcome: 'expired' });
    expect(await harness.cardIn(release, approve, 'todo')).toMatchObject({
      blocked: { failed: true, reason: 'Nobody decided in time' },
    });
  });

  it('show a whole run as one card where the run says so, and nothing when it says none', async () => {
    const [one, none] = [newId(), newId()];
    await startRun(none, release, 'none');
    await startRun(one, release, 'run');
    expect(await harness.cardIn(release, ids.runCard(one), 'doing')).toMatchObject({
      title: 'Release check',
    });
    await fact(one, 'RunFailed', { fault, failedTaskIds: ['lint'], usage });
    expect(await harness.cardIn(release, ids.runCard(one), 'todo')).toMatchObject({
      blocked: { reason: fault.message, failed: true },
    });
    const { rows } = await harness.page('board', release);
    expect(Object.keys(rows)).not.toContain(`card/${ids.taskCard(none, 'lint')}`);
    expect(Object.keys(rows)).not.toContain(`card/${ids.taskCard(one, 'lint')}`);
  });

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
    expect(await harness.cardIn(operations, cardId, 'todo')).toMatchObject({
      priority: 'urgent',
      labels: ['kanban'],
    });
    await happened('IncidentResponseStarted', { repairId: newId(), runbookId: 'restart-service' });
    await harness.cardIn(operations, cardId, 'doing');
    await happened('IncidentResolved', {
      targetId: 'kanban',
      how: 'repair',
      lastedMs: 4_000,
      closeAt: '2026-01-01T01:00:00.000Z',
    });
    await harness.cardIn(operations, cardId, 'done');
  });

  it('ask their owner when a person drags them, and follow or show the refusal', async () => {
    const runId = newId();
    const cardId = ids.taskCard(runId, 'lint');
    const swarm = await harness.servers.connect('swarm');
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
        message.respond(JSON.stringify(commands.map(({ id }) => (refuses ? { id, problem } : { id, ...accepted }))));
      },
    });
    await swarm.flush();
    await startRun(runId);
    await lease(runId, 'lint', 1);
    await harness.cardIn(release, cardId, 'doing');
    const drag = { boardId: release, cardIds: [cardId], toColumnId: harness.columnOf(release, 'todo') };
    expect(await harness.send('MoveCards', { ...drag, toColumnId: harness.columnOf(release, 'done') })).toMatchObject({
      problem: {
        code: 'card_follows_source',
        status: 422,
        allowed: expect.arrayContaining([{ columnId: drag.toColumnId, wants: 'requeue' }]),
      },
    });
    expect(await harness.send('MoveCards', drag)).toMatchObject({
      problem: { code: 'confirmation_required', status: 409 },
    });
    expect(await harness.send('MoveCards', { ...drag, confirmed: true })).not.toHaveProperty('problem');
    const declined = await until(
      () => harness.cardRow(release, cardId),
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
      () => harness.cardRow(release, cardId),
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
    expect(await harness.cardIn(release, cardId, 'todo')).not.toHaveProperty('pending');
    await swarm.close();
  });

  it('miss nothing and repeat nothing over a stop in between', async () => {
    const runId = newId();
    const cardId = ids.taskCard(runId, 'lint');
    await startRun(runId);
    await harness.cardIn(release, cardId, 'todo');
    const { store } = harness.service.runtime;
    await harness.restart();
    expect(harness.service.runtime.store).not.toBe(store);
    await lease(runId, 'lint', 1);
    await harness.cardIn(release, cardId, 'doing');
    const about = [];
    for await (const { type, data } of harness.service.runtime.store.read(`board-${release}`)) {
      if (data['cardId'] === cardId) about.push(type);
    }
    expect(about).toEqual(['CardAdded', 'CardMoved']);
  });
});
