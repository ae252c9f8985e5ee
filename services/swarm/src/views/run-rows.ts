import {
  runListView,
  runView,
  taskBadgeView,
  type FactOf,
  type runEvents,
  type RunListRow,
  type RunRow,
  type TaskRow,
  type TaskState,
} from '@agencyos/contracts';
import type { Rows, ViewRows } from '@agencyos/runtime';
import { kindOf } from '../kinds/index.js';
import type { WorkflowLibrary } from '../library/workflow-library.js';
import { badgeOf } from './task-row.js';

export type RunFact = FactOf<typeof runEvents>;

/** The three views' rows of one run, changed together. */
export class RunRows {
  private readonly page: ViewRows<typeof runView>;
  private readonly list: ViewRows<typeof runListView>;

  constructor(
    readonly runId: string,
    private readonly rows: Rows,
  ) {
    this.page = rows.of(runView, runId);
    this.list = rows.of(runListView, 'all');
  }

  async changeRun(change: Partial<RunRow> & { revision: number }): Promise<void> {
    const row = await this.page.get('run');
    if (row) this.page.put('run', { ...row, ...change });
    const { state, endedAt } = change;
    if (state === undefined) return;
    const listed = await this.listed();
    if (listed) this.list.put(`run/${this.runId}`, { ...listed, state, endedAt });
  }

  start(run: RunRow, total: number): void {
    this.page.put('run', run);
    const { runId, name, workflowId, version, state, startedAt, startedBy, boardId } = run;
    const tasks = { total, done: 0, failed: 0, running: 0, waiting: 0 };
    const listed = { runId, name, workflowId, version, state, startedAt, startedBy, tasks };
    this.list.put(`run/${runId}`, { ...listed, ...(boardId && { boardId }) });
  }

  task(taskId: string): Promise<TaskRow | undefined> {
    return this.page.get(`task/${taskId}`);
  }

  async unfinished(): Promise<TaskRow[]> {
    const all = await this.page.list('task');
    return all.map(([, row]) => row).filter(({ state }) => state === 'planned' || state === 'open');
  }

  async putTask(task: TaskRow, before: TaskState | undefined): Promise<void> {
    this.page.put(`task/${task.taskId}`, task);
    this.rows.of(taskBadgeView, this.runId).put(`task/${task.taskId}`, badgeOf(this.runId, task));
    if (isGroup(task) || counted(before) === counted(task.state)) return;
    const listed = await this.listed();
    if (!listed) return;
    const tasks = { ...listed.tasks };
    const from = counted(before);
    const to = counted(task.state);
    if (from) tasks[from] = Math.max(0, tasks[from] - 1);
    if (to) tasks[to] += 1;
    this.list.put(`run/${this.runId}`, { ...listed, tasks });
  }

  /** What the workflow alone says of its nodes. */
  async looks(library: WorkflowLibrary): Promise<(nodeId: string) => Partial<TaskRow>> {
    const row = await this.page.get('run');
    const definition = row && (await library.version(row.workflowId, row.version));
    return (nodeId) => {
      const node = definition?.byId.get(nodeId);
      return (node && kindOf(node).look?.(node)) ?? {};
    };
  }

  /** So many of its nodes are groups, which are no work of their own. */
  async notCounted(groups: number): Promise<void> {
    const listed = groups > 0 && (await this.listed());
    if (listed) this.list.put(`run/${this.runId}`, { ...listed, tasks: { ...listed.tasks, total: listed.tasks.total - groups } });
  }

  private listed(): Promise<RunListRow | undefined> {
    return this.list.get(`run/${this.runId}`);
  }
}

/** It is only drawn around what stands inside of it. */
export const isGroup = ({ rule }: Pick<TaskRow, 'rule'>): boolean => rule !== undefined;

function counted(state: TaskState | undefined): 'done' | 'failed' | 'running' | 'waiting' | undefined {
  if (state === 'succeeded') return 'done';
  if (state === 'failed') return 'failed';
  if (state === 'leased' || state === 'stopping') return 'running';
  return state === 'waiting' ? 'waiting' : undefined;
}
