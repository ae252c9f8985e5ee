import { describe, expect, it } from '@jest/globals';
import { boardCommands, deriveId, type Fact, ids, runEvents } from '@agencyos/contracts';
import type { Memory, Reaction } from '@agencyos/runtime';
import { boardMirror } from './board-mirror.reactions.js';
import { cardActs } from './card-acts.reactions.js';

const id = (name: string): string => deriveId('0190b1c2-0000-7000-8000-000000000003', name);
const [runId, boardId, operations, incidentId] = [id('run'), id('board'), id('operations'), id('incident')];

const fact = (context: string, stream: string, type: string, data: object, revision = 7): Fact => ({
  id: id(`${type} ${revision}`),
  type,
  schema: 1,
  context,
  stream,
  revision,
  position: '1',
  data: data as Record<string, unknown>,
  metadata: {
    commandId: id('command'),
    commandDigest: '',
    correlationId: id('command'),
    causationId: id('command'),
    actor: 'user:someone',
    depth: 0,
    recordedAt: '2026-01-01T00:00:00.000Z',
  },
});
const run = (type: string, data: object = {}) => fact('swarm', `run-${runId}`, type, { runId, ...data });
const incident = (type: string, data: object = {}) => fact('healer', `incident-${incidentId}`, type, { incidentId, ...data });

function memory(): Memory {
  const kept = new Map<string, unknown>();
  return {
    get: async <T>(key: string) => kept.get(key) as T | undefined,
    set: (key, value) => void kept.set(key, value),
    delete: (key) => void kept.delete(key),
  };
}

/** Reactions to facts in order; every command must be one that the board accepts. */
async function react(...facts: Fact[]): Promise<string[]> {
  const mirror = boardMirror(operations);
  const kept = memory();
  const said: string[] = [];
  for (const one of facts) for (const reaction of await mirror.react(one, kept)) said.push(inWords(reaction));
  return said;
}

function inWords({ name, command: { type, data } }: Reaction): string {
  const definition = boardCommands.types[type as 'AddCards' | 'SyncCard'];
  expect(definition.data.safeParse(data).error).toBeUndefined();
  if (type === 'AddCards') return `${name} ${(data as { cards: { title: string }[] }).cards.map(({ title }) => title).join()}`;
  const { category, failed, sourceRevision } = data as {
    category: string;
    failed?: string;
    sourceRevision: number;
  };
  return `${name} ${sourceRevision} ${category}${failed === undefined ? '' : ` failed: ${failed}`}`;
}

const started = (cards: string, more: object = { boardId }) => run('RunStarted', { name: 'Release', cards, ...more });
const planned = (taskId: string, card = true) => ({
  taskId,
  nodeId: taskId,
  kind: 'task',
  title: taskId,
  needs: [],
  card,
});
const fault = { code: 'exit', message: 'exit 1', retryable: true };

describe('cards-add and cards-follow', () => {
  it('add the cards that the plan asks for', async () =>
    expect(await react(started('tasks'), run('TasksPlanned', { tasks: [planned('lint'), planned('hidden', false)] }))).toEqual([
      'cards-add lint',
    ]));

  it('show nothing without a board', async () => {
    const tasks = run('TasksPlanned', { tasks: [planned('lint')] });
    expect(await react(started('none'), tasks)).toEqual([]);
    expect(await react(started('tasks', {}), tasks)).toEqual([]);
    expect(await react(tasks)).toEqual([]);
  });

  it.each([
    ['TaskScheduled', {}, 'todo'],
    ['TaskReleased', {}, 'todo'],
    ['TaskHandedOff', {}, 'todo'],
    ['TaskFailed', { fault, final: false }, 'todo'],
    ['TaskFailed', { fault, final: true }, 'todo failed: exit 1'],
    ['TaskFailed', { fault: { ...fault, message: '' }, final: true }, 'todo failed: exit'],
    ['TaskLeaseExpired', { final: false }, 'todo'],
    ['TaskLeaseExpired', { final: true }, 'todo failed: Its worker was lost too often'],
    ['TaskLeased', {}, 'doing'],
    ['GateReached', {}, 'review'],
    ['GateRefused', { outcome: 'digest_changed' }, 'todo failed: What was approved has changed meanwhile'],
    ['GateRefused', { outcome: 'rejected', reason: 'Not yet' }, 'todo failed: Rejected: Not yet'],
    // A person's refusal is told as such (fault 33).
    ['GateRefused', { outcome: 'rejected', by: 'user:someone', reason: 'Not yet' }, 'todo failed: Rejected by a person: Not yet'],
    ['GateOpened', {}, 'done'],
    ['TaskSucceeded', {}, 'done'],
    // (fault 26)
    ['TaskSkipped', {}, 'cancelled'],
    ['TaskCancelled', {}, 'cancelled'],
  ])('%s %j → %s', async (type, data, expected) =>
    expect(await react(started('tasks'), run(type, { taskId: 'lint', ...data }))).toEqual([`cards-follow 7 ${expected}`]),
  );

  it('put every task that is reset back', async () =>
    expect(await react(started('tasks'), run('RunReopened', { resetTaskIds: ['lint', 'count'] }))).toEqual([
      'cards-follow 7 todo',
      'cards-follow 7 todo',
    ]));

  it('follow a run as one card', async () =>
    expect(
      await react(
        started('run'),
        run('TasksPlanned', { tasks: [planned('lint')] }),
        run('TaskLeased', { taskId: 'lint' }),
        run('RunFailed', { fault }),
        run('RunReopened', { resetTaskIds: ['lint'] }),
        run('RunSucceeded'),
      ),
    ).toEqual([
      'cards-add Release',
      'cards-follow 7 doing',
      'cards-follow 7 todo failed: exit 1',
      'cards-follow 7 doing',
      'cards-follow 7 done',
    ]));

  it('pass over the other facts of a run', async () => {
    const silent = ['TaskStopRequested', 'RunCancelRequested', 'TaskArtifactAdded'];
    expect(await react(started('tasks'), ...silent.map((type) => run(type, { taskId: 'lint' })))).toEqual([]);
    expect(Object.keys(runEvents.types)).toContain('TaskStopRequested');
  });

  it('make text fit that a board would refuse', async () => {
    const message = `\u202E${'x'.repeat(3_000)}`;
    const [said] = await react(
      started('tasks'),
      run('TaskFailed', { taskId: 'lint', fault: { ...fault, message }, final: true }),
    );
    expect(said).toMatch(/failed: x{1999}…$/);
    expect(await react(started('run', { boardId, name: 'y'.repeat(900) }))).toContain(`cards-add ${'y'.repeat(499)}…`);
  });
});

describe('incident-follow', () => {
  it('shows an incident on the operations board', async () => {
    const opened = { targetId: 'kanban', severity: 'critical', title: 'kanban is down' };
    const facts = ['IncidentResponseStarted', 'IncidentEscalated', 'IncidentReopened', 'IncidentResolved', 'IncidentClosed'];
    expect(await react(incident('IncidentOpened', opened), ...facts.map((type) => incident(type)))).toEqual([
      'cards-add kanban is down',
      'incident-follow 7 doing',
      'incident-follow 7 review',
      'incident-follow 7 doing',
      'incident-follow 7 done',
    ]);
    const [added] = await boardMirror(operations).react(incident('IncidentOpened', opened), memory());
    expect(added?.command.data).toMatchObject({
      boardId: operations,
      cards: [{ cardId: ids.incidentCard(incidentId) }],
    });
  });
});

describe('card-acts', () => {
  const cardId = id('card');
  const asked = (wants: string, source: object) =>
    fact('kanban', `board-${boardId}`, 'CardActionRequested', {
      boardId,
      cardId,
      requestId: id('request'),
      wants,
      source,
      seenSourceRevision: 4,
      targetColumnId: id('todo'),
    });
  const act = async (wants: string, source: object) => (await cardActs.react(asked(wants, source), memory()))[0] as Reaction;
  const task = { kind: 'task', runId, taskId: 'lint' };

  it.each([
    ['requeue', task, 'RequeueTask', { runId, taskId: 'lint', seenRevision: 4 }],
    ['cancel', task, 'CancelTask', { runId, taskId: 'lint', seenRevision: 4 }],
    ['cancel', { kind: 'run', runId }, 'CancelRun', { runId }],
    ['resolve', { kind: 'incident', incidentId }, 'ResolveIncident', { incidentId, how: 'person' }],
  ])('%s of %j → %s on behalf of the person', async (wants, source, type, data) =>
    expect((await act(wants, source)).command).toEqual({ type, data, onBehalfOf: 'user:someone' }),
  );

  it('tells the board what the owner refused', async () => {
    const reaction = await act('requeue', task);
    const problem = { type: 'about:blank', title: 'Conflict', status: 409, code: 'already_finished' };
    expect(reaction.ifRefused?.(problem)).toEqual([
      {
        type: 'DeclineCardAction',
        data: { boardId, cardId, requestId: id('request'), code: 'already_finished' },
      },
    ]);
  });

  it('declines what nobody takes yet', async () =>
    expect((await act('claim', task)).command).toMatchObject({
      type: 'DeclineCardAction',
      data: { code: 'not_available' },
    }));

  it('answers nothing else', async () =>
    expect(await cardActs.react(fact('kanban', `board-${boardId}`, 'CardMoved', {}), memory())).toEqual([]));
});
