import type { PlannedTask } from '@agencyos/contracts';
import { NOTHING_INSIDE } from './scope.js';
import { endedWell, isActive, isBroken, isTerminal, wantsAttention, type Task } from './task.js';

const CHUNK = 64;

/**
 * The tasks of a run in the order they were planned, each after all that it needs. Persistent: an update copies one
 * chunk, so that folding 15,000 events of a run with 5,000 tasks stays cheap and every older state stays valid.
 */
export class TaskTable {
  static readonly empty = new TaskTable([], new Map(), [], [], {
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
    /** By index: what stands directly inside of it. */
    private readonly children: readonly (readonly number[])[],
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
    const children: number[][] = [];
    for (const [at, { taskId, needs, within }] of tasks.entries()) {
      index.set(taskId, at);
      dependents.push([]);
      children.push([]);
      if (within !== undefined) children[index.get(within)!]!.push(at);
      for (const need of needs) {
        const of = index.get(need);
        if (of !== undefined) dependents[of]!.push(at);
      }
    }
    const count = (test: (task: Task) => boolean) => tasks.filter(test).length;
    return new TaskTable(chunks, index, dependents, children, {
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

  /** What stands directly inside of it. */
  childrenOf(taskId: string): Task[] {
    return (this.children[this.index.get(taskId) ?? -1] ?? []).map((at) => this.at(at));
  }

  plan(planned: readonly PlannedTask[]): TaskTable {
    const index = new Map(this.index);
    const dependents = [...this.dependents];
    const children = [...this.children];
    const tasks: Task[] = [];
    for (const { taskId, nodeId, kind, title, role, needs, within, card } of planned) {
      const at = this.counts.size + tasks.length;
      index.set(taskId, at);
      dependents.push([]);
      children.push([]);
      const known = (of: number) => (of < this.counts.size ? this.at(of) : tasks[of - this.counts.size]!);
      const scope = within === undefined ? undefined : index.get(within);
      if (scope !== undefined) children[scope] = [...children[scope]!, at];
      const group = scope === undefined ? undefined : known(scope);
      let open = group && group.state !== 'open' ? 1 : 0;
      let broken = 0;
      for (const need of needs) {
        const of = index.get(need);
        if (of === undefined) continue;
        dependents[of] = [...dependents[of]!, at];
        if (!endedWell(known(of))) open++;
        if (isBroken(known(of))) broken++;
      }
      tasks.push({
        taskId,
        nodeId,
        kind,
        title,
        role: role ?? '',
        needs,
        card,
        ...(within !== undefined && { within }),
        ...(group && (group.doomed || isTerminal(group)) && { doomed: true }),
        inside: NOTHING_INSIDE,
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
    return new TaskTable(chunks, index, dependents, children, {
      ...this.counts,
      size: this.counts.size + tasks.length,
      attention,
    });
  }

  /** Changes one task, and what its new state means for those that need it, for its group, and for what stands inside. */
  update(taskId: string, change: Partial<Task>): TaskTable {
    const at = this.index.get(taskId);
    if (at === undefined) return this;
    const before = this.at(at);
    const after = { ...before, ...change };
    const difference = (test: (task: Task) => boolean) => Number(test(after)) - Number(test(before));
    let table = this.replace(at, before, after);
    const well = difference(endedWell);
    const broken = difference(isBroken);
    if (well !== 0 || broken !== 0) {
      for (const dependent of this.dependents[at]!) {
        table = table.change(dependent, (task) => ({ open: task.open - well, broken: task.broken + broken }));
      }
      const scope = before.within === undefined ? undefined : this.index.get(before.within);
      const succeeded = difference(isSucceeded);
      const counted = ({ inside }: Task) => ({
        succeeded: inside.succeeded + succeeded,
        passed: inside.passed + well - succeeded,
        broken: inside.broken + broken,
      });
      if (scope !== undefined) table = table.change(scope, (group) => ({ inside: counted(group) }));
    }
    const begun = difference(({ state }) => state === 'open');
    if (begun !== 0) for (const child of this.children[at]!) table = table.change(child, ({ open }) => ({ open: open - begun }));
    return difference(isTerminal) > 0 ? table.doom(at) : table;
  }

  /** What still goes on inside of it is not needed any more. */
  private doom(at: number): TaskTable {
    return this.children[at]!.reduce<TaskTable>((table, child) => {
      if (isTerminal(table.at(child))) return table;
      return table.change(child, () => ({ doomed: true })).doom(child);
    }, this);
  }

  private change(at: number, by: (task: Task) => Partial<Task>): TaskTable {
    const task = this.at(at);
    return this.replace(at, task, { ...task, ...by(task) });
  }

  private replace(at: number, before: Task, after: Task): TaskTable {
    const chunks = [...this.chunks];
    const chunk = [...chunks[Math.floor(at / CHUNK)]!];
    chunk[at % CHUNK] = after;
    chunks[Math.floor(at / CHUNK)] = chunk;
    const difference = (test: (task: Task) => boolean) => Number(test(after)) - Number(test(before));
    return new TaskTable(chunks, this.index, this.dependents, this.children, {
      size: this.counts.size,
      active: this.counts.active + difference(isActive),
      held: this.counts.held + difference(isHeld),
      attention: this.counts.attention + difference(wantsAttention),
      settled: this.counts.settled + difference(isSettled),
      succeeded: this.counts.succeeded + difference(isSucceeded),
    });
  }
}

const isHeld = ({ state }: Task) => state === 'leased' || state === 'stopping';
const isSucceeded = ({ state }: Task) => state === 'succeeded';
const isSettled = (task: Task) => isTerminal(task);
