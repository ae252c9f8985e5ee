import { runListView, runView, taskBadgeView, type Fact } from '@agencyos/contracts';
import { MemoryRows } from '@agencyos/runtime/testing';
import { describe, expect, it } from '@jest/globals';
import { RUN_ID, RunSimulation } from '../testing/run-simulation.js';
import { definitionOf, releaseCheck } from '../testing/sample-workflow.js';
import type { WorkflowLibrary } from '../library/workflow-library.js';
import { runProjection } from './run.view.js';

const definition = definitionOf(releaseCheck);
const asked: unknown[][] = [];
const library = {
  version: async (...given: unknown[]) => {
    asked.push(given);
    return definition;
  },
} as unknown as WorkflowLibrary;

/** What people see of the run as it is now. */
async function shown(run: RunSimulation, metadata: object = { actor: 'user:one' }) {
  const rows = new MemoryRows();
  for (const [revision, { recordedAt, ...event }] of run.events.entries())
    await runProjection(library).project({ ...event, revision, metadata: { recordedAt, ...metadata } } as unknown as Fact, rows);
  const of = rows.of(runView, RUN_ID);
  const tasks = new Map((await of.list('task')).map(([key, row]) => [key.slice('task/'.length), row]));
  const listed = await rows.of(runListView, 'all').get(`run/${RUN_ID}`);
  const badges = await rows.of(taskBadgeView, RUN_ID).list('task');
  for (const row of tasks.values()) expect(runView.rows.task.safeParse(row).error).toBeUndefined();
  expect(badges.map(([key]) => key.slice('task/'.length)).sort()).toEqual([...tasks.keys()].sort());
  return { page: await of.get('run'), tasks, listed, states: [...tasks].map(([id, { state }]) => `${id} ${state}`) };
}

describe('a run in its views', () => {
  it('shows what began it, and the tasks that it has', async () => {
    const run = RunSimulation.started(definition);
    const { page, listed, tasks } = await shown(run);
    expect(page).toMatchObject({
      ...{ runId: RUN_ID, workflowId: 'release-check', version: 1, state: 'running', cause: { kind: 'manual' } },
      ...{ input: { value: { repository: '/repo' } }, startedAt: run.now, startedBy: 'user:one', revision: 2 },
    });
    for (const absent of ['boardId', 'deadlineAt', 'endedAt']) expect(page).not.toHaveProperty(absent);
    expect(listed).toMatchObject({
      ...{ runId: RUN_ID, state: 'running', startedBy: 'user:one' },
      tasks: { total: 6, done: 0, failed: 0, running: 0, waiting: 0 },
    });
    expect(tasks.get('clone')).toMatchObject({ state: 'ready', attempt: 1, role: 'check', needs: [] });
    expect(tasks.get('approve')).toMatchObject({ kind: 'gate', state: 'planned', needs: ['notes'] });
    expect(tasks.get('approve')).not.toHaveProperty('role');
  });

  it('names for whom it was begun', async () =>
    expect(
      (await shown(RunSimulation.started(definition), { actor: 'service:kanban', onBehalfOf: 'user:two' })).page,
    ).toMatchObject({
      startedBy: 'user:two',
    }));

  it('has the routes of a handoff, which only its workflow says', async () => {
    const { tasks } = await shown(RunSimulation.started(definition));
    expect(tasks.get('notes')).toMatchObject({ routes: ['reviewer', 'notes'] });
    expect(tasks.get('lint')).not.toHaveProperty('routes');
    expect(asked.at(-1)).toEqual(['release-check', 1]);
  });

  it('counts its tasks in the list: at work, done, at a gate, failed', async () => {
    const run = RunSimulation.started(definition);
    const counts = async () => (await shown(run)).listed!.tasks;
    run.claim('clone');
    expect(await counts()).toMatchObject({ running: 1, done: 0 });
    run.do('RequeueTask', { taskId: 'clone' });
    expect(await counts()).toMatchObject({ running: 1 });
    run.expire('clone');
    expect(await counts()).toMatchObject({ running: 0 });
    run.complete('clone', { path: 'p', tag: 't' });
    for (const taskId of ['lint', 'count']) run.complete(taskId);
    run.complete('notes', { file: 'f' });
    expect(await counts()).toEqual({ total: 6, done: 4, failed: 0, running: 0, waiting: 1 });
    run.open('approve', 500);
    run.claim('publish');
    run.fail('publish', false);
    expect(await counts()).toEqual({ total: 6, done: 5, failed: 1, running: 0, waiting: 0 });
  });

  it('ends with its output', async () => {
    const run = RunSimulation.started(definitionOf('workflow: w\ntitle: W\ntasks:\n  - {id: a, role: r}\n'), {});
    run.complete('a', { file: 'x' });
    const { page, listed } = await shown(run);
    expect(page).toMatchObject({ state: 'succeeded', output: { value: { file: 'x' } }, endedAt: run.now });
    expect(listed).toMatchObject({ state: 'succeeded', endedAt: run.now });
  });

  it('fails with why; what never began was skipped', async () => {
    const run = RunSimulation.started(definition);
    run.claim('clone');
    run.later(1_000);
    run.fail('clone', false);
    const { page, listed, states, tasks } = await shown(run);
    expect(page).toMatchObject({ state: 'failed', fault: expect.any(Object), endedAt: run.now });
    expect(listed).toMatchObject({ state: 'failed', tasks: { failed: 1, running: 0 } });
    expect(states.filter((one) => !one.endsWith(' skipped'))).toEqual(['clone failed']);
    expect(tasks.get('publish')).toMatchObject({ state: 'skipped', endedAt: run.now });
  });

  it('is being cancelled before it is cancelled', async () => {
    const run = RunSimulation.started(definition);
    run.claim('clone');
    run.do('CancelRun', {}, { actor: 'user:x' });
    const before = await shown(run);
    expect([before.page!.state, before.listed!.state]).toEqual(['cancelling', 'cancelling']);
    run.later(1_000);
    run.expire('clone');
    const { page, listed, states } = await shown(run);
    expect(page).toMatchObject({ state: 'cancelled', endedAt: run.now });
    expect(listed).toMatchObject({ state: 'cancelled', endedAt: run.now });
    expect(new Set(states.map((one) => one.split(' ')[1]))).toEqual(new Set(['cancelled']));
  });

  it('that is begun again has neither an end nor a fault', async () => {
    const run = RunSimulation.started(definition);
    run.claim('clone');
    run.fail('clone', false);
    run.do('RequeueTask', { taskId: 'clone' });
    const { page, listed, states } = await shown(run);
    expect(page).toMatchObject({ state: 'running' });
    for (const gone of ['endedAt', 'fault', 'output']) expect(page).not.toHaveProperty(gone);
    expect(listed).not.toHaveProperty('endedAt');
    expect(states).toContain('clone ready');
    expect(states).toContain('publish planned');
  });

  it('is nothing where its beginning is not known', async () => {
    const run = RunSimulation.started(definition);
    run.claim('clone');
    run.events.splice(0, 3);
    expect(await shown(run)).toMatchObject({ page: undefined, listed: undefined, states: [] });
  });
});
