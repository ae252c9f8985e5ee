import { describe, expect, it } from '@jest/globals';
import type { RunEvent } from '@agencyos/contracts';
import fc from 'fast-check';
import { RunSimulation } from '../testing/run-simulation.js';
import { definitionOf } from '../testing/sample-workflow.js';
import type { WorkflowDefinition } from '../workflow/workflow-definition.js';
import { isTerminal } from './task.js';

/** Random directed acyclic graphs: each node needs some of those before it; some are gates, some stand behind one. */
const workflow: fc.Arbitrary<WorkflowDefinition> = fc
  .array(
    fc.record({
      needs: fc.array(fc.nat(30), { maxLength: 3 }),
      gate: fc.boolean(),
      guarded: fc.boolean(),
      retries: fc.nat(2),
      handoff: fc.boolean(),
    }),
    { minLength: 1, maxLength: 14 },
  )
  .map((nodes) => {
    const tasks: object[] = [];
    for (const [n, node] of nodes.entries()) {
      const needs = n === 0 ? [] : [...new Set(node.needs.map((need) => `n${need % n}`))];
      if (node.gate) {
        tasks.push({ id: `n${n}`, needs, gate: { action: { kind: 'publish', target: 't' } } });
        if (node.guarded)
          tasks.push({
            id: `g${n}`,
            role: 'a',
            after: `n${n}`,
            run: ['publish', `n${n}`],
            retries: node.retries,
          });
      } else {
        tasks.push({
          id: `n${n}`,
          role: 'a',
          needs,
          retries: node.retries,
          ...(node.handoff && { handoff: { to: ['b', 'c'], hops: 2 } }),
        });
      }
    }
    return definitionOf(JSON.stringify({ workflow: 'w', title: 'W', tasks }));
  });

type Shape = 'task' | 'gate' | { form: string; need: 'all' | 'any' | number; failure: string; tasks: Shape[] };

/** Groups in groups: their rules, their failures, gates among them; the last needs all that stands outside. */
const nested: fc.Arbitrary<WorkflowDefinition> = fc
  .letrec<{ node: Shape }>((tie) => ({
    node: fc.oneof(
      { depthSize: 'small', maxDepth: 3 },
      fc.constantFrom('task', 'task', 'gate') as fc.Arbitrary<Shape>,
      fc.record({
        form: fc.constantFrom('sequence', 'parallel'),
        need: fc.constantFrom('all', 'any', 2),
        failure: fc.constantFrom('fail-fast', 'collect'),
        tasks: fc.array(tie('node'), { minLength: 1, maxLength: 4 }),
      }) as fc.Arbitrary<Shape>,
    ),
  }))
  .node.map((root) => {
    let count = 0;
    const written = (shape: Shape): object => {
      const id = `n${count++}`;
      if (shape === 'task') return { id, role: 'a', retries: 1 };
      if (shape === 'gate') return { id, gate: { action: { kind: 'publish', target: 't' } } };
      const tasks = shape.tasks.map(written);
      if (shape.form === 'sequence') return { id, sequence: { tasks } };
      const need = typeof shape.need === 'number' ? Math.min(shape.need, tasks.length) : shape.need;
      return { id, parallel: { tasks, need, failure: shape.failure } };
    };
    const tasks = [written(root), { id: 'last', role: 'a', needs: ['n0'] }];
    return definitionOf(JSON.stringify({ workflow: 'w', title: 'W', tasks }));
  });

const step = fc.record({
  act: fc.constantFrom(
    'claim',
    'claim',
    'claim',
    'succeed',
    'succeed',
    'fail',
    'expire',
    'handoff',
    'release',
    'retry',
    'open',
    'refuse',
    'requeue',
    'cancelTask',
    'confirm',
    'timeout',
    'cancelRun',
  ),
  task: fc.nat(40),
  /** Sometimes an attempt that is long over. */
  behind: fc.constantFrom(0, 0, 0, 1),
  toRole: fc.constantFrom('b', 'c'),
  cancels: fc.nat(20),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function take(run: RunSimulation, { act, task, behind, toRole, cancels }: Step): void {
  const tasks = [...run.run.tasks];
  const { taskId, attempt: present, approvalId, actionDigest } = tasks[task % tasks.length]!;
  const attempt = Math.max(1, present - behind);
  const usage = { inputTokens: 1, outputTokens: 0, cachedTokens: 0, activeMs: 1 };
  const service = { actor: 'service:swarm' };
  run.later(100);
  switch (act) {
    case 'claim':
      return void run.refusal('ClaimTask', { taskId, attempt, instanceId: 'i' });
    case 'succeed':
      return void run.refusal('SucceedTask', {
        taskId,
        attempt,
        output: { value: { approved: true } },
        artifacts: [],
        usage,
      });
    case 'fail':
      return void run.refusal('FailTask', {
        taskId,
        attempt,
        fault: { code: 'x', message: 'x' as never, retryable: true },
        usage,
      });
    case 'expire':
      return void run.refusal('ExpireLease', { taskId, attempt, lastSeenAt: run.now }, service);
    case 'handoff':
      return void run.refusal('HandOffTask', {
        taskId,
        attempt,
        toRole,
        reason: 'x' as never,
        context: { value: 1 },
        usage,
      });
    case 'release':
      return void run.refusal('ReleaseTask', { taskId, attempt, why: 'shutdown' });
    case 'retry':
      return void run.refusal('ScheduleRetry', { taskId, attempt }, service);
    case 'open':
      if (!approvalId || !actionDigest) return;
      return void run.refusal(
        'OpenGate',
        { taskId, approvalId, actionDigest, validUntilAt: '2026-01-01T00:00:03.000Z' },
        service,
      );
    case 'refuse':
      if (!approvalId || cancels > 4) return;
      return void run.refusal('RefuseGate', { taskId, approvalId, outcome: 'rejected' }, service);
    case 'requeue':
      return void run.refusal('RequeueTask', { taskId }, { actor: 'user:1' });
    case 'cancelTask':
      return cancels > 4 ? undefined : void run.refusal('CancelTask', { taskId }, { actor: 'user:1' });
    case 'confirm':
      return void run.refusal('ConfirmStopped', { taskId, attempt, usage });
    case 'timeout':
      return void run.refusal('TimeOutTask', { taskId, attempt, limit: 'run' }, service);
    case 'cancelRun':
      return cancels > 0 ? undefined : void run.refusal('CancelRun', {}, { actor: 'user:1' });
  }
}

/** What must hold of every history, whatever happened. */
function check(definition: WorkflowDefinition, events: readonly RunEvent[]): void {
  const succeeded = new Set<string>();
  const ended = new Set<string>();
  const attempts = new Map<string, number>();
  const leased = new Set<string>();
  const results = new Set<string>();
  const open = new Map<string, string>();
  const begun = new Set<string>();
  const byTask = new Map(definition.nodes.map((node) => [node.taskId, node]));
  const mayBegin = (taskId: string) => {
    const node = byTask.get(taskId)!;
    const before = [...node.needs, ...(node.previous === undefined ? [] : [node.previous])];
    for (const need of before) expect(succeeded).toContain(definition.byId.get(need)!.taskId);
    // Nothing of a branch that is not needed starts.
    for (let at = node; at.within !== undefined;) expect(begun).toContain((at = definition.byId.get(at.within)!).taskId);
  };
  let runOver = false;
  for (const { type, data } of events) {
    if (runOver) expect(type).toBe('RunReopened');
    if (type === 'RunReopened') {
      runOver = false;
      for (const taskId of data.resetTaskIds) {
        succeeded.delete(taskId);
        ended.delete(taskId);
        begun.delete(taskId);
        open.delete(taskId);
      }
    } else if (type === 'TaskScheduled') {
      const { taskId, attempt, approvalId } = data;
      const node = byTask.get(taskId)!;
      mayBegin(taskId);
      expect(attempt).toBe((attempts.get(taskId) ?? 0) + 1);
      attempts.set(taskId, attempt);
      if (node.after) expect(open.get(node.after)).toBe(approvalId);
    } else if (type === 'TaskLeased') {
      const key = `${data.taskId}/${data.attempt}`;
      expect(leased).not.toContain(key);
      expect(attempts.get(data.taskId)).toBe(data.attempt);
      leased.add(key);
    } else if (type === 'GateReached') {
      mayBegin(data.taskId);
    } else if (type === 'GateOpened') open.set(data.taskId, data.approvalId);
    if (type === 'ScopeOpened') {
      mayBegin(data.taskId);
      begun.add(data.taskId);
    } else if (type === 'ScopeClosed') begun.delete(data.taskId);
    if (type === 'TaskSucceeded' || type === 'TaskFailed') {
      const key = `${data.taskId}/${data.attempt}`;
      expect(results).not.toContain(key);
      results.add(key);
    }
    const terminal =
      type === 'TaskSucceeded' ||
      type === 'GateOpened' ||
      type === 'GateRefused' ||
      type === 'TaskSkipped' ||
      type === 'TaskCancelled' ||
      type === 'ScopeClosed' ||
      ((type === 'TaskFailed' || type === 'TaskLeaseExpired') && data.final);
    if (terminal) {
      expect(ended).not.toContain(data.taskId);
      ended.add(data.taskId);
      const well = type === 'TaskSucceeded' || type === 'GateOpened' || (type === 'ScopeClosed' && data.outcome === 'succeeded');
      if (well) succeeded.add(data.taskId);
    }
    if (type === 'RunSucceeded' || type === 'RunFailed' || type === 'RunCancelled') runOver = true;
    if (type !== 'RunSucceeded') continue;
    for (const { taskId, within } of definition.nodes) if (within === undefined) expect(succeeded).toContain(taskId);
  }
}

/** Whatever state it is in, good will brings it to an end. */
function finish(run: RunSimulation): void {
  for (let turns = 0; turns < 500 && (run.run.status === 'running' || run.run.status === 'cancelling'); turns++) {
    const task = [...run.run.tasks].find(
      (candidate) => candidate.state !== 'planned' && candidate.state !== 'open' && !isTerminal(candidate),
    );
    // Not over, so something must be under way: nothing waits for nobody.
    if (!task) throw new Error(`the run is ${run.run.status} and nothing is under way`);
    run.later(10);
    if (task.state === 'ready') run.claim(task.taskId);
    else if (task.state === 'leased') run.succeed(task.taskId);
    else if (task.state === 'stopping') run.expire(task.taskId);
    else if (task.state === 'waiting') run.open(task.taskId);
    else run.do('ScheduleRetry', { taskId: task.taskId, attempt: task.attempt }, { actor: 'service:swarm' });
  }
  expect(['succeeded', 'failed', 'cancelled']).toContain(run.run.status);
}

/** With about what the store adds to each event. */
function fitsTheStore({ appends }: RunSimulation): void {
  for (const events of appends) {
    expect(events.length).toBeLessThanOrEqual(500);
    expect(Buffer.byteLength(JSON.stringify(events)) + 900 * events.length).toBeLessThanOrEqual(1024 * 1024);
  }
}

describe('any workflow under any interleaving', () => {
  it('keeps order, leases, tokens, results and gates, and comes to an end', () => {
    fc.assert(
      fc.property(workflow, fc.array(step, { maxLength: 120 }), (definition, steps) => {
        const run = RunSimulation.started(definition, {});
        run.roles = ['a', 'b', 'c'];
        for (const one of steps) take(run, one);
        check(definition, run.events);
        finish(run);
        check(definition, run.events);
      }),
      { numRuns: 300 },
    );
  });

  it('does so for groups in groups, of which nothing is left waiting', () => {
    fc.assert(
      fc.property(nested, fc.array(step, { maxLength: 60 }), (definition, steps) => {
        const run = RunSimulation.started(definition, {});
        run.roles = ['a', 'b', 'c'];
        for (const one of steps) take(run, one);
        check(definition, run.events);
        finish(run);
        check(definition, run.events);
        const over = [...run.run.tasks].every((task) => isTerminal(task) || run.run.status === 'cancelled');
        expect(over).toBe(true);
        fitsTheStore(run);
      }),
      { numRuns: 100 },
    );
  });

  it('never makes an append too large for the store', () => {
    const wide = definitionOf(
      JSON.stringify({
        workflow: 'w',
        title: 'W',
        tasks: [
          { id: 'root', role: 'a' },
          ...Array.from({ length: 3_000 }, (_, n) => ({
            id: `t${n}`,
            role: 'a',
            needs: ['root'],
            retries: 0,
          })),
          ...Array.from({ length: 600 }, (_, n) => ({ id: `u${n}`, role: 'a', needs: ['t0'] })),
        ],
      }),
    );
    const run = RunSimulation.started(wide, {});
    run.complete('root');
    run.claim('t0');
    run.fail('t0', false);
    for (let n = 0; run.run.status === 'running' && n < 20_000; n++) {
      const ready = [...run.run.tasks].find(({ state }) => state === 'ready')!;
      run.claim(ready.taskId);
      if (n < 1_000) {
        run.succeed(ready.taskId);
      } else {
        run.do('CancelRun', {}, { actor: 'user:1' });
        run.expire(ready.taskId);
      }
    }
    expect(run.run.status).toBe('cancelled');
    fitsTheStore(run);
  });

  it('goes on by itself however much is ready at once and however large it is (fault 24)', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 300, max: 1_200 }),
        fc.constantFrom(10, 2_000, 15_000),
        fc.constantFrom('fits', 'unresolvable', 'gates'),
        (width, bytes, kind) => {
          const needs = ['root'];
          const input = { given: `\${{ tasks.root.output.${kind === 'unresolvable' ? 'absent' : 'large'} }}` };
          const wide = Array.from({ length: width }, (_, n) =>
            kind === 'gates'
              ? { id: `t${n}`, needs, gate: { action: { kind: 'publish', target: 't', parameters: input } } }
              : { id: `t${n}`, needs, role: 'a', input },
          );
          const after = wide.map(({ id }) => ({ id: `u${id}`, role: 'a', needs: [id] }));
          const tasks = [{ id: 'root', role: 'a' }, ...wide, ...(width < 600 ? after : [])];
          const run = RunSimulation.started(
            definitionOf(JSON.stringify({ workflow: 'w', title: 'W', cards: 'none', tasks })),
            {},
          );
          run.complete('root', { large: 'x'.repeat(bytes) });
          const { active, attention, size } = run.run.tasks.counts;
          // Nothing that is ready waits for an event by chance: all of it, or as much as may be under way.
          if (kind === 'unresolvable') expect(run.run.status).toBe('failed');
          else expect([active, attention]).toEqual(width > 450 ? [450, width - 450] : [width, 0]);
          expect(size).toBe(tasks.length);
          fitsTheStore(run);
        },
      ),
      { numRuns: 8 },
    );
  });

  it('a run of 2,000 tasks that are ready at once ends (fault 24)', () => {
    const tasks = Array.from({ length: 2_000 }, (_, n) => ({ id: `t${n}`, role: 'a' }));
    const run = RunSimulation.started(definitionOf(JSON.stringify({ workflow: 'w', title: 'W', tasks })), {});
    for (let turns = 0; run.run.status === 'running' && turns < 2_000; turns++) {
      const ready = [...run.run.tasks].find(({ state }) => state === 'ready');
      if (!ready) break;
      run.complete(ready.taskId);
    }
    expect(run.run.status).toBe('succeeded');
    fitsTheStore(run);
  });

  it('begins what is urgent first when not everything may be under way (fault 24)', () => {
    const tasks = Array.from({ length: 1_000 }, (_, n) => ({
      ...{ id: `t${n}`, role: 'a', needs: ['root'], priority: n % 2 === 0 ? 0 : 5 },
    }));
    const run = RunSimulation.started(
      definitionOf(JSON.stringify({ workflow: 'w', title: 'W', tasks: [{ id: 'root', role: 'a' }, ...tasks] })),
      {},
    );
    const begun = run.complete('root').flatMap((event) => (event.type === 'TaskScheduled' ? [event.data.priority] : []));
    expect(begun).toHaveLength(450);
    expect(new Set(begun)).toEqual(new Set([5]));
  });
});
