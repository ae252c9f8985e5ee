import type { PlannedTask } from '@agencyos/contracts';
import { isActive, wantsAttention, type Task } from './task.js';

const CHUNK = 64;

/**
 * The tasks of a run in the order they were planned, each after all that it needs. Persistent: an update copies one
 * chunk, so that folding 15,000 events of a run with 5,000 tasks stays cheap and every older state stays valid.
 */
export class TaskTable {
  static readonly empty = new TaskTable([], new Map(), [], {
    size: 0,
    active: 0,
    held: 0,
    attention: 0,
    settled: 0,
    succeeded: 0,
  });

  private constructor(
    private readonly chunks: readonly (readonly Task[])[],
    private readonly index: ReadonlyMap<string, number>,
    /** By index: which tasks need it. */
    private readonly dependents: readonly (readonly number[])[],
    readonly counts: {
      size: number;
      /** Begun and not ended: ready, held, waiting, between attempts. */
      active: number;
      /** Leased or stopping. */
      held: number;
      /** What the scheduler should look at now. */
      attention: number;
      /** In a terminal state. */
      settled: number;
      succeeded: number;
    },
  ) {}

  /** The table from its JSON. */
  static of(chunks: readonly (readonly Task[])[]): TaskTable {
    const tasks = chunks.flat();
    const index = new Map<string, number>();
    const dependents: number[][] = [];
    for (const [at, { taskId, needs }] of tasks.entries()) {
      index.set(taskId, at);
      dependents.push([]);
      for (const need of needs) {
        const of = index.get(need);
        if (of !== undefined) dependents[of]!.push(at);
      }
    }
    const count = (test: (task: Task) => boolean) => tasks.filter(test).length;
    return new TaskTable(chunks, index, dependents, {
      size: tasks.length,
      active: count(isActive),
      held: count(isHeld),
      attention: count(wantsAttention),
      settled: count(isSettled),
      succeeded: count(isSucceeded),
    });
  }

  /** All that the rest follows from. */
  toJSON(): readonly (readonly Task[])[] {
    return this.chunks;
  }

  get(taskId: string): Task | undefined {
    const at = this.index.get(taskId);
    return at === undefined ? undefined : this.at(at);
  }

  at(index: number): Task {
    return this.chunks[Math.floor(index / CHUNK)]![index % CHUNK]!;
  }

  *[Symbol.iterator](): Generator<Task> {
    for (const chunk of this.chunks) yield* chunk;
  }

  dependentsOf(taskId: string): string[] {
    return (this.dependents[this.index.get(taskId) ?? -1] ?? []).map((at) => this.at(at).taskId);
  }

  plan(planned: readonly PlannedTask[]): TaskTable {
    const index = new Map(this.index);
    const dependents = [...this.dependents];
    const tasks: Task[] = [];
    for (const { taskId, nodeId, kind, title, role, needs, card } of planned) {
      const at = this.counts.size + tasks.length;
      index.set(taskId, at);
      dependents.push([]);
      let open = 0;
      let broken = 0;
      for (const need of needs) {
        const of = index.get(need);
        if (of === undefined) continue;
        dependents[of] = [...dependents[of]!, at];
        const { state } = of < this.counts.size ? this.at(of) : tasks[of - this.counts.size]!;
        if (state !== 'succeeded') open++;
        if (isBroken(state)) broken++;
      }
      tasks.push({
        taskId,
        nodeId,
        kind,
        title,
        role: role ?? '',
        needs,
        card,
        state: 'planned',
        attempt: 0,
        revision: 0,
        turned: 0,
        open,
        broken,
        failures: 0,
        losses: 0,
        releases: 0,
        visited: role ? [role] : [],
        round: 0,
      });
    }
    const chunks = [...this.chunks];
    for (const task of tasks) {
      const last = chunks.at(-1);
      if (last && last.length < CHUNK) chunks[chunks.length - 1] = [...last, task];
      else chunks.push([task]);
    }
    const attention = this.counts.attention + tasks.filter(wantsAttention).length;
    return new TaskTable(chunks, index, dependents, {
      ...this.counts,
      size: this.counts.size + tasks.length,
      attention,
    });
  }

  /** Changes one task, and what its new state means for those that need it. */
  update(taskId: string, change: Partial<Task>): TaskTable {
    const at = this.index.get(taskId);
    if (at === undefined) return this;
    const before = this.at(at);
    const after = { ...before, ...change };
    let table = this.replace(at, before, after);
    const open = Number(after.state !== 'succeeded') - Number(before.state !== 'succeeded');
    const broken = Number(isBroken(after.state)) - Number(isBroken(before.state));
    if (open === 0 && broken === 0) return table;
    for (const dependent of this.dependents[at]!) {
      const task = table.at(dependent);
      table = table.replace(dependent, task, {
        ...task,
        open: task.open + open,
        broken: task.broken + broken,
      });
    }
    return table;
  }

  private replace(at: number, before: Task, after: Task): TaskTable {
    const chunks = [...this.chunks];
    const chunk = [...chunks[Math.floor(at / CHUNK)]!];
    chunk[at % CHUNK] = after;
    chunks[Math.floor(at / CHUNK)] = chunk;
    const difference = (test: (task: Task) => boolean) => Number(test(after)) - Number(test(before));
    return new TaskTable(chunks, this.index, this.dependents, {
      size: this.counts.size,
      active: this.counts.active + difference(isActive),
      held: this.counts.held + difference(isHeld),
      attention: this.counts.attention + difference(wantsAttention),
      settled: this.counts.settled + difference(isSettled),
      succeeded: this.counts.succeeded + difference(isSucceeded),
    });
  }
}

const isBroken = (state: Task['state']) => state === 'failed' || state === 'skipped' || state === 'cancelled';
const isHeld = ({ state }: Task) => state === 'leased' || state === 'stopping';
const isSucceeded = ({ state }: Task) => state === 'succeeded';
const isSettled = ({ state }: Task) => state === 'succeeded' || isBroken(state);
