import {
  ids,
  runListView,
  runView,
  taskBadgeView,
  type Fact,
  type RunEvent,
  type RunListRow,
  type RunRow,
  type TaskRow,
  type TaskState,
} from '@agencyos/contracts';
import type { Projection, Rows } from '@agencyos/runtime';
import type { WorkflowLibrary } from '../workflow/workflow-library.js';
import { badgeOf, changeTask, type TaskFact } from './task-row.js';

type RunFact = Fact & RunEvent;

/** Runs as people see them: the run with its tasks, the list of runs, and the badges that lie over cards. */
export const runProjection = (library: WorkflowLibrary): Projection => ({
  name: 'runs',
  version: 4,
  views: [runView, taskBadgeView, runListView],
  categories: ['run'],
  project: (fact, rows) => project(fact as RunFact, new RunRows((fact as RunFact).data.runId, rows), library),
});

/** The three views' rows of one run, changed together. */
class RunRows {
  constructor(
    readonly runId: string,
    private readonly rows: Rows,
  ) {}

  async changeRun(change: Partial<RunRow> & { revision: number }): Promise<void> {
    const row = await this.rows.get<RunRow>('run', this.runId, 'run');
    if (row) this.rows.put('run', this.runId, 'run', { ...row, ...change });
    const { state, endedAt } = change;
    if (state === undefined) return;
    const listed = await this.listed();
    if (listed) this.rows.put('run-list', 'all', `run/${this.runId}`, { ...listed, state, endedAt });
  }

  start(run: RunRow, total: number): void {
    this.rows.put('run', this.runId, 'run', run);
    const { runId, name, workflowId, version, state, startedAt, startedBy, boardId } = run;
    const tasks = { total, done: 0, failed: 0, running: 0, waiting: 0 };
    const listed: RunListRow = {
      runId,
      name,
      workflowId,
      version,
      state,
      startedAt,
      startedBy,
      tasks,
      ...(boardId && { boardId }),
    };
    this.rows.put('run-list', 'all', `run/${runId}`, listed);
  }

  task(taskId: string): Promise<TaskRow | undefined> {
    return this.rows.get<TaskRow>('run', this.runId, `task/${taskId}`);
  }

  async unfinished(): Promise<TaskRow[]> {
    const all = await this.rows.list<TaskRow>('run', this.runId, 'task/');
    return all.map(([, row]) => row).filter(({ state }) => state === 'planned');
  }

  async putTask(task: TaskRow, before: TaskState | undefined): Promise<void> {
    this.rows.put('run', this.runId, `task/${task.taskId}`, task);
    this.rows.put('task-badge', this.runId, `task/${task.taskId}`, badgeOf(this.runId, task));
    if (counted(before) === counted(task.state)) return;
    const listed = await this.listed();
    if (!listed) return;
    const tasks = { ...listed.tasks };
    const from = counted(before);
    const to = counted(task.state);
    if (from) tasks[from] = Math.max(0, tasks[from] - 1);
    if (to) tasks[to] += 1;
    this.rows.put('run-list', 'all', `run/${this.runId}`, { ...listed, tasks });
  }

  /** Roles each node may be handed off to, which only the workflow says. */
  async routes(library: WorkflowLibrary): Promise<Map<string, string[]>> {
    const row = await this.rows.get<RunRow>('run', this.runId, 'run');
    const spec = row && (await library.version(row.workflowId, row.version));
    return new Map(
      spec?.nodes.flatMap((node) =>
        node.kind === 'task' && node.handoff ? [[node.id, node.handoff.to]] : [],
      ),
    );
  }

  private listed(): Promise<RunListRow | undefined> {
    return this.rows.get<RunListRow>('run-list', 'all', `run/${this.runId}`);
  }
}

function counted(state: TaskState | undefined): 'done' | 'failed' | 'running' | 'waiting' | undefined {
  if (state === 'succeeded') return 'done';
  if (state === 'failed') return 'failed';
  if (state === 'leased' || state === 'stopping') return 'running';
  return state === 'waiting' ? 'waiting' : undefined;
}

async function project(fact: RunFact, run: RunRows, library: WorkflowLibrary): Promise<void> {
  const { type, data, revision, metadata } = fact;
  const at = metadata.recordedAt;
  switch (type) {
    case 'RunStarted': {
      const { runId, name, workflowId, version, cause, boardId, input, deadlineAt, taskCount } = data;
      const startedBy = metadata.onBehalfOf ?? metadata.actor;
      const optional = { ...(boardId && { boardId }), ...(deadlineAt && { deadlineAt }) };
      const row = {
        runId,
        name,
        workflowId,
        version,
        state: 'running' as const,
        startedAt: at,
        startedBy,
        cause,
        input,
        revision,
      };
      return run.start({ ...row, ...optional }, taskCount);
    }
    case 'TasksPlanned':
      await planTasks(data, run, library);
      return run.changeRun({ revision });
    case 'TasksDeferred':
      return run.changeRun({ revision });
    case 'RunSucceeded':
      return run.changeRun({ revision, state: 'succeeded', endedAt: at, output: data.output });
    case 'RunFailed':
      await settle(run, 'skipped', at);
      return run.changeRun({ revision, state: 'failed', endedAt: at, fault: data.fault });
    case 'RunCancelRequested':
      return run.changeRun({ revision, state: 'cancelling' });
    case 'RunCancelled':
      await settle(run, 'cancelled', at);
      return run.changeRun({ revision, state: 'cancelled', endedAt: at });
    case 'RunReopened':
      for (const taskId of data.resetTaskIds) await changeOne(taskId, fact as TaskFact, run);
      return run.changeRun({
        revision,
        state: 'running',
        endedAt: undefined,
        output: undefined,
        fault: undefined,
      });
    default:
      await changeOne(data.taskId, fact as TaskFact, run);
      return run.changeRun({ revision });
  }
}

async function changeOne(taskId: string, fact: TaskFact, run: RunRows): Promise<void> {
  const before = await run.task(taskId);
  if (before) await run.putTask(changeTask(before, fact), before.state);
}

async function planTasks(
  { runId, tasks }: Extract<RunEvent, { type: 'TasksPlanned' }>['data'],
  run: RunRows,
  library: WorkflowLibrary,
): Promise<void> {
  const routes = await run.routes(library);
  for (const { taskId, nodeId, title, kind, role, needs } of tasks) {
    const to = routes.get(nodeId);
    const row: TaskRow = {
      ...{ taskId, nodeId, title, kind, needs, state: 'planned', attempt: 0, attempts: [], handoffs: [] },
      cardId: ids.taskCard(runId, taskId),
      ...(role && { role }),
      ...(to && { routes: to }),
    };
    await run.putTask(row, undefined);
  }
}

/** What is still planned when a run ends never begins. */
async function settle(run: RunRows, state: 'skipped' | 'cancelled', endedAt: string): Promise<void> {
  for (const task of await run.unfinished()) await run.putTask({ ...task, state, endedAt }, task.state);
}
