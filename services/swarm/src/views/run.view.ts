import { ids, runEvents, runListView, runView, taskBadgeView, type TaskRow } from '@agencyos/contracts';
import { changesBy, defineProjection, type Rows } from '@agencyos/runtime';
import type { WorkflowLibrary } from '../library/workflow-library.js';
import { isGroup, type RunFact, RunRows } from './run-rows.js';
import { changeTask, type TaskFact } from './task-row.js';

type Planned = Extract<RunFact, { type: 'TasksPlanned' }>;

/** Runs as people see them: the run with its tasks, the list of runs, and the badges that lie over cards. */
export const runProjection = (library: WorkflowLibrary) =>
  defineProjection([runView, taskBadgeView, runListView], {
    name: 'runs',
    version: 5,
    changes: [
      changesBy([runEvents], {
        RunStarted({ data, metadata, revision }, rows) {
          const { runId, name, workflowId, version, cause, boardId, input, deadlineAt, taskCount } = data;
          const run = { runId, name, workflowId, version, cause, input, revision, state: 'running' as const };
          const started = { startedAt: metadata.recordedAt, startedBy: metadata.onBehalfOf ?? metadata.actor };
          const optional = { ...(boardId && { boardId }), ...(deadlineAt && { deadlineAt }) };
          new RunRows(runId, rows).start({ ...run, ...started, ...optional }, taskCount);
        },
        async TasksPlanned(fact, rows) {
          await planTasks(fact, rows, library);
          await change(fact, rows);
        },
        TasksDeferred: change,
        TaskScheduled: changeOne,
        TaskLeased: changeOne,
        TaskSucceeded: changeOne,
        TaskFailed: changeOne,
        TaskLeaseExpired: changeOne,
        TaskReleased: changeOne,
        TaskHandedOff: changeOne,
        TaskStopRequested: changeOne,
        TaskCancelled: changeOne,
        TaskSkipped: changeOne,
        ScopeOpened: changeOne,
        ScopeClosed: changeOne,
        GateReached: changeOne,
        GateOpened: changeOne,
        GateRefused: changeOne,
        RunSucceeded: (fact, rows) => end(fact, rows, { state: 'succeeded', output: fact.data.output }),
        async RunFailed(fact, rows) {
          await settle(fact, rows, 'skipped');
          await end(fact, rows, { state: 'failed', fault: fact.data.fault });
        },
        RunCancelRequested: (fact, rows) => change(fact, rows, { state: 'cancelling' }),
        async RunCancelled(fact, rows) {
          await settle(fact, rows, 'cancelled');
          await end(fact, rows, { state: 'cancelled' });
        },
        async RunReopened(fact, rows) {
          for (const taskId of fact.data.resetTaskIds) await changeTaskOf(fact, taskId, rows);
          const undone = { endedAt: undefined, output: undefined, fault: undefined };
          await change(fact, rows, { state: 'running', ...undone });
        },
      }),
    ],
  });

type Change = Omit<Parameters<RunRows['changeRun']>[0], 'revision'>;

const change = ({ data: { runId }, revision }: RunFact, rows: Rows, by: Change = {}): Promise<void> =>
  new RunRows(runId, rows).changeRun({ revision, ...by });

const end = (fact: RunFact, rows: Rows, by: Change): Promise<void> =>
  change(fact, rows, { ...by, endedAt: fact.metadata.recordedAt });

async function changeOne(fact: Exclude<TaskFact, { type: 'RunReopened' }>, rows: Rows): Promise<void> {
  await changeTaskOf(fact, fact.data.taskId, rows);
  await change(fact, rows);
}

async function changeTaskOf(fact: TaskFact, taskId: string, rows: Rows): Promise<void> {
  const run = new RunRows(fact.data.runId, rows);
  const before = await run.task(taskId);
  if (before) await run.putTask(changeTask(before, fact), before.state);
}

async function planTasks({ data: { runId, tasks } }: Planned, rows: Rows, library: WorkflowLibrary): Promise<void> {
  const run = new RunRows(runId, rows);
  const lookOf = await run.looks(library);
  let groups = 0;
  for (const { taskId, nodeId, title, kind, role, needs, within } of tasks) {
    const row: TaskRow = {
      ...{ taskId, nodeId, title, kind, needs, state: 'planned', attempt: 0, attempts: [], handoffs: [] },
      cardId: ids.taskCard(runId, taskId),
      ...(role && { role }),
      ...(within && { within }),
      ...lookOf(nodeId),
    };
    if (isGroup(row)) groups++;
    await run.putTask(row, undefined);
  }
  await run.notCounted(groups);
}

/** What is still planned when a run ends never begins. */
async function settle({ data: { runId }, metadata }: RunFact, rows: Rows, state: 'skipped' | 'cancelled'): Promise<void> {
  const run = new RunRows(runId, rows);
  for (const task of await run.unfinished()) {
    await run.putTask({ ...task, state, endedAt: metadata.recordedAt }, task.state);
  }
}
