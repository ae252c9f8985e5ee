import { describe, expect, it } from '@jest/globals';
import { TaskId } from '@agencyos/contracts';
import { RunSimulation, shortNames } from '../testing/run-simulation.js';
import { definitionOf } from '../testing/sample-workflow.js';
import { parseWorkflow } from '../workflow/parse-workflow.js';

const workflow = (tasks: object[]) => JSON.stringify({ workflow: 'w', title: 'W', tasks });
const started = (...tasks: object[]) => RunSimulation.started(definitionOf(workflow(tasks)), {});
const task = (id: string, more: object = {}) => ({ id, role: 'a', retries: 0, ...more });
const parallel = (id: string, tasks: object[], rule: object = {}, more: object = {}) => ({
  id,
  ...more,
  parallel: { tasks, ...rule },
});
const sequence = (id: string, tasks: object[], more: object = {}) => ({ id, ...more, sequence: { tasks } });
const gate = (id: string, more: object = {}) => ({ id, gate: { action: { kind: 'publish', target: 't' } }, ...more });
const problemsOf = (...tasks: object[]) => {
  const parsed = parseWorkflow(workflow(tasks));
  return 'problems' in parsed ? parsed.problems.map(({ path, message }) => `${path}: ${message}`) : [];
};

describe('groups', () => {
  it('begin when what they need has ended, and end when all inside has', () => {
    const run = started(
      task('clone'),
      parallel('checks', [task('lint'), task('test')], {}, { needs: ['clone'] }),
      task('end', { needs: ['checks'] }),
    );
    expect(run.events.flatMap(({ type, data }) => (type === 'TasksPlanned' ? data.tasks : []))).toMatchObject([
      { taskId: 'clone', needs: [] },
      { taskId: 'checks', kind: 'parallel', needs: ['clone'], card: false },
      { taskId: 'checks/lint', nodeId: 'lint', within: 'checks', card: true },
      { taskId: 'checks/test', within: 'checks' },
      { taskId: 'end', needs: ['checks'] },
    ]);
    expect(shortNames(run.complete('clone'))).toEqual([
      ...['TaskSucceeded(clone,1)', 'ScopeOpened(checks)', 'TaskScheduled(checks/lint,1)', 'TaskScheduled(checks/test,1)'],
    ]);
    run.complete('checks/lint');
    expect(shortNames(run.complete('checks/test'))).toEqual([
      ...['TaskSucceeded(checks/test,1)', 'ScopeClosed(checks)', 'TaskScheduled(end,1)'],
    ]);
    run.complete('end');
    expect(run.run.status).toBe('succeeded');
  });

  it('of nodes that take turns begin one after the other', () => {
    const run = started(sequence('s', [task('a'), task('b'), task('c')]));
    expect(run.state('s/b')).toBe('planned');
    expect(shortNames(run.complete('s/a'))).toEqual(['TaskSucceeded(s/a,1)', 'TaskScheduled(s/b,1)']);
    run.complete('s/b');
    expect(shortNames(run.complete('s/c'))).toEqual(['TaskSucceeded(s/c,1)', 'ScopeClosed(s)', 'RunSucceeded']);
  });

  it('give up at once what is not needed any more: waits, approvals, pauses, whoever works', () => {
    const branch = sequence('slow', [task('x'), task('y')]);
    const run = started(parallel('first', [task('a'), task('b'), task('c', { retries: 3 }), gate('g'), branch], { need: 'any' }));
    run.claim('first/b');
    run.claim('first/c');
    run.fail('first/c');
    expect(run.state('first/c')).toBe('between');
    const { approvalId } = run.run.tasks.get('first/g')!;
    expect(approvalId).toBeDefined();
    expect(shortNames(run.complete('first/a'))).toEqual([
      ...['TaskSucceeded(first/a,1)', 'ScopeClosed(first)', 'TaskStopRequested(first/b,1)', 'TaskCancelled(first/c,1)'],
      ...['TaskCancelled(first/g)', 'TaskCancelled(first/slow)', 'TaskCancelled(first/slow/x,1)', 'TaskSkipped(first/slow/y)'],
    ]);
    // Decided; the run is over as soon as the last worker has let go.
    expect(
      run.refusal('SucceedTask', { taskId: 'first/b', attempt: 1, output: { value: 1 }, artifacts: [], usage: run.run.usage }),
    ).toBe('stopping');
    expect(shortNames(run.expire('first/b'))).toEqual([
      'TaskLeaseExpired(first/b,1)',
      'TaskCancelled(first/b,1)',
      'RunSucceeded',
    ]);
  });

  it('want as many successes as they say, and fail as soon as these cannot come any more', () => {
    const run = started(parallel('p', [task('a'), task('b'), task('c'), task('d')], { need: 2 }));
    for (const id of ['a', 'b', 'c']) run.claim(`p/${id}`);
    run.fail('p/a');
    run.fail('p/b');
    expect(run.state('p')).toBe('open');
    expect(shortNames(run.fail('p/c'))).toEqual(['TaskFailed(p/c,1)', 'ScopeClosed(p)', 'TaskCancelled(p/d,1)', 'RunFailed']);
    expect(run.events.at(-1)!.data).toMatchObject({ fault: { code: 'task_failed' }, failedTaskIds: ['p/a', 'p/b', 'p/c'] });
  });

  it('that collect failures let everything go on first', () => {
    const run = started(parallel('p', [task('a'), task('b')], { failure: 'collect' }));
    run.claim('p/a');
    expect(shortNames(run.fail('p/a'))).toEqual(['TaskFailed(p/a,1)']);
    expect(shortNames(run.complete('p/b'))).toEqual(['TaskSucceeded(p/b,1)', 'ScopeClosed(p)', 'RunFailed']);
  });

  it('begin again with what failed inside, and with nothing that succeeded', () => {
    const run = started(parallel('p', [task('a'), sequence('s', [task('b'), task('c')])]), task('z', { needs: ['p'] }));
    run.complete('p/a');
    run.claim('p/s/b');
    run.fail('p/s/b');
    expect(run.run.status).toBe('failed');
    expect(shortNames(run.do('RequeueTask', { taskId: 'p/s/b' }, { actor: 'user:1' }))).toEqual([
      ...['RunReopened', 'ScopeOpened(p)', 'ScopeOpened(p/s)', 'TaskScheduled(p/s/b,2)'],
    ]);
    run.complete('p/s/b');
    run.complete('p/s/c');
    run.complete('z');
    expect(run.run.status).toBe('succeeded');
    expect(run.events.filter(({ type, data }) => type === 'TaskScheduled' && data.taskId === 'p/a')).toHaveLength(1);
  });

  it('that were cancelled before they began do so with all that stands inside', () => {
    const run = started(task('first'), parallel('p', [task('a'), sequence('s', [task('b')])], {}, { needs: ['first'] }));
    run.do('CancelTask', { taskId: 'p' }, { actor: 'user:1' });
    expect(run.state('p/s/b')).toBe('skipped');
    run.do('RequeueTask', { taskId: 'p' }, { actor: 'user:1' });
    for (const taskId of ['first', 'p/a', 'p/s/b']) run.complete(taskId);
    expect(run.run.status).toBe('succeeded');
  });

  it('begin again in a run that was cancelled, too, from any task inside', () => {
    const slow = sequence('s', [task('c'), task('d')]);
    const run = started(parallel('p', [task('a'), task('b'), slow]), task('z', { needs: ['p'] }));
    run.complete('p/b');
    run.do('CancelRun', {}, { actor: 'user:1' });
    expect(run.run.status).toBe('cancelled');
    run.do('RequeueTask', { taskId: 'p/a' }, { actor: 'user:1' });
    for (const taskId of ['p/a', 'p/s/c', 'p/s/d', 'z']) run.complete(taskId);
    expect(run.run.status).toBe('succeeded');
    expect(run.events.filter(({ type, data }) => type === 'TaskScheduled' && data.taskId === 'p/b')).toHaveLength(1);
  });

  it('that may succeed without a node give the run no output of it', () => {
    const output = (need: string) => {
      const tasks = [sequence('s', [parallel('p', [task('a'), task('b')], { need })])];
      const parsed = parseWorkflow(JSON.stringify({ workflow: 'w', title: 'W', tasks, output: { of: '${{ tasks.a.output }}' } }));
      return 'problems' in parsed ? parsed.problems.map(({ path, message }) => `${path}: ${message}`) : [];
    };
    expect(output('any')).toEqual(['output.of: "a" stands in "p", which may end without it']);
    expect(output('all')).toEqual([]);
  });

  it('are refused where nobody could tell how they end', () => {
    const inner = parallel('p', [task('a'), task('b', { needs: ['z'] })], { need: 3 });
    expect(problemsOf(inner, task('z', { needs: ['a'] }), task('y', { needs: ['p'], input: '${{ tasks.a.output }}' }))).toEqual([
      'tasks[0].parallel.need: "p" needs 3 of 2',
      'tasks[1].needs[0]: "z" needs "a", which stands in "p": let it need "p", or put it in there, too',
      'tasks[2].input: "a" is not among what this needs, so it may not be finished by then',
    ]);
    expect(problemsOf(parallel('p', [task('a', { needs: ['z'] })]), task('z', { needs: ['p'] }))).toEqual([
      expect.stringMatching(/cycle: (p → z → p|z → p → z)/),
    ]);
    expect(problemsOf(parallel('p', [task('a')]), task('y', { needs: ['p'], input: '${{ tasks.a.output }}' }))).toEqual([]);
    let deep: object = task('a');
    for (let n = 0; n < 9; n++) deep = sequence(`s${n}`, [deep]);
    expect(problemsOf(deep)).toEqual([expect.stringContaining('groups may stand within each other 8 deep')]);
  });

  it('have ids that make a path which is the id of a task, however deep', () => {
    const inside = (own: number) => parallel('g'.repeat(100), [task('t'.repeat(own))]);
    const { events } = started(inside(99));
    const planned = events.flatMap(({ type, data }) => (type === 'TasksPlanned' ? data.tasks : []));
    expect(planned.every(({ taskId }) => TaskId.safeParse(taskId).success)).toBe(true);
    expect(problemsOf(inside(100))).toEqual([
      expect.stringMatching(/^tasks\[0\].*ids of 201 characters together.*200 are allowed/),
    ]);
  });

  it('of thousands are planned, decided and given up within what an append holds', () => {
    const wide = Array.from({ length: 2_000 }, (_, n) => sequence(`s${n}`, [task(`t${n}`)]));
    const run = started(parallel('p', wide, { need: 'any' }));
    const { taskId } = [...run.run.tasks].find(({ state }) => state === 'ready')!;
    run.complete(taskId);
    expect(run.run.status).toBe('succeeded');
    for (const events of run.appends) expect(events.length).toBeLessThanOrEqual(500);
  });
});
