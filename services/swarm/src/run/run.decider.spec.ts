import { describe, expect, it } from '@jest/globals';
import { RunSimulation, shortNames } from '../testing/run-simulation.js';
import { definitionOf, releaseCheck } from '../testing/sample-workflow.js';
import { addUsage } from './run-state.js';

const definition = definitionOf(releaseCheck);
const single = (more = '') => definitionOf(`workflow: w\ntitle: W\ntasks:\n  - {id: a, role: r${more}}\n`);
const upToNotes = () => {
  const run = RunSimulation.started(definition);
  run.complete('clone', { path: '/w', tag: 'v1' });
  run.complete('lint');
  run.complete('count');
  return run;
};
const atGate = () => {
  const run = upToNotes();
  run.complete('notes', { file: 'NOTES.md' });
  return run;
};

describe('the usage of a run', () => {
  it('is never recorded as a number that would come out as another one (fault 3)', () => {
    const most = Number.MAX_SAFE_INTEGER;
    const usage = { inputTokens: most, outputTokens: most, cachedTokens: 1, activeMs: most };
    const cost = { currency: 'EUR', micros: most };
    const total = addUsage({ ...usage, cost }, { ...usage, cost });
    expect(total).toEqual({ ...usage, cachedTokens: 2, cost });
  });
});

describe('walk-through A, a release check', () => {
  it('starts with one append: run, plan, first task', () => {
    const run = RunSimulation.started(definition);
    expect(shortNames(run.events)).toEqual(['RunStarted', 'TasksPlanned', 'TaskScheduled(clone,1)']);
    expect(run.events[2]!.data).toMatchObject({
      role: 'check',
      input: { value: { run: ['git', 'clone', '/repo'] } },
      leaseMs: 6_000,
      timeoutMs: 120_000,
    });
  });

  it('schedules what a result makes ready, survives a lost lease, refuses the late result', () => {
    const run = RunSimulation.started(definition);
    run.claim('clone');
    expect(shortNames(run.succeed('clone', { path: '/w', tag: 'v1' }))).toEqual([
      'TaskSucceeded(clone,1)',
      'TaskScheduled(lint,1)',
      'TaskScheduled(count,1)',
    ]);
    run.claim('lint');
    expect(shortNames(run.expire('lint'))).toEqual(['TaskLeaseExpired(lint,1)', 'TaskScheduled(lint,2)']);
    run.claim('lint', 2, 'agent:other');
    expect(
      run.refusal('SucceedTask', {
        taskId: 'lint',
        attempt: 1,
        output: { value: {} },
        artifacts: [],
        usage: run.run.usage,
      }),
    ).toBe('stale_token');
    run.succeed('lint', {}, 2, 'agent:other');
    expect(shortNames(run.complete('count'))).toEqual(['TaskSucceeded(count,1)', 'TaskScheduled(notes,1)']);
  });

  it('hands off with context, reaches the gate, opens it, runs the guarded step, succeeds', () => {
    const run = upToNotes();
    run.claim('notes');
    const handedOff = run.do('HandOffTask', {
      taskId: 'notes',
      attempt: 1,
      toRole: 'reviewer',
      reason: 'breaking changes' as never,
      context: { value: { breaking: 2 } },
      usage: run.run.usage,
    });
    expect(shortNames(handedOff)).toEqual(['TaskHandedOff(notes,1)', 'TaskScheduled(notes,2)']);
    expect(handedOff[1]!.data).toMatchObject({
      role: 'reviewer',
      resume: { kind: 'handoff', id: 'notes/1', value: { value: { breaking: 2 } } },
    });
    expect(shortNames(run.complete('notes', { file: 'NOTES.md' }))).toEqual(['TaskSucceeded(notes,2)', 'GateReached(approve)']);
    const gate = run.run.tasks.get('approve')!;
    expect(gate.action).toMatchObject({
      kind: 'publish',
      target: 'release v1',
      parameters: { value: { tag: 'v1', guarded: { publish: { run: ['publish', 'NOTES.md'] } } } },
    });
    expect(shortNames(run.open('approve'))).toEqual(['GateOpened(approve)', 'TaskScheduled(publish,1)']);
    expect(run.events.at(-1)!.data).toMatchObject({ approvalId: gate.approvalId });
    expect(shortNames(run.complete('publish', { file: 'x' }))).toEqual(['TaskSucceeded(publish,1)', 'RunSucceeded']);
    expect(run.events.at(-1)!.data).toMatchObject({ output: { value: { file: 'x' } } });
  });
});

describe('handing off', () => {
  const handOff = (run: RunSimulation, toRole: string) =>
    run.refusal('HandOffTask', {
      taskId: 'notes',
      attempt: run.attempt('notes'),
      toRole,
      reason: 'why' as never,
      context: { value: null },
      usage: run.run.usage,
    });

  it('follows the routes of the workflow, never back, never further than allowed', () => {
    const run = upToNotes();
    run.claim('notes');
    expect(handOff(run, 'publisher')).toBe('route_not_allowed');
    expect(handOff(run, 'notes')).toBe('handoff_loop');
    expect(handOff(run, 'reviewer')).toBeUndefined();
    run.claim('notes');
    expect(handOff(run, 'notes')).toBe('handoff_loop');
    const hops = RunSimulation.started(single(', handoff: {to: [b, c], hops: 1}'), {});
    const to = (toRole: string) => ({
      taskId: 'a',
      attempt: hops.attempt('a'),
      toRole,
      reason: 'x' as never,
      context: { value: 0 },
      usage: hops.run.usage,
    });
    hops.claim('a');
    hops.do('HandOffTask', to('b'));
    hops.roles = ['b'];
    hops.claim('a');
    expect(hops.refusal('HandOffTask', to('c'))).toBe('hop_limit');
  });
});

describe('giving back', () => {
  it('begins the task anew, a hundred times', () => {
    const run = RunSimulation.started(definition);
    const giveBack = () => {
      run.claim('clone');
      const given = run.do('ReleaseTask', { taskId: 'clone', attempt: run.attempt('clone'), why: 'drain' });
      return shortNames(given)[0];
    };
    for (let n = 1; n <= 100; n++) expect(giveBack()).toBe(`TaskReleased(clone,${n})`);
    expect(giveBack()).toBe('TaskFailed(clone,101)');
    expect(run.run.tasks.get('clone')!.state).toBe('failed');
  });
});

describe('claiming', () => {
  it('has one winner, needs the role, knows stale attempts', () => {
    const run = RunSimulation.started(definition);
    const claim = (attempt: number, actor = 'agent:other') =>
      run.refusal('ClaimTask', { taskId: 'clone', attempt, instanceId: 'i2' }, { actor });
    run.roles = ['notes'];
    expect(claim(1)).toBe('role_mismatch');
    run.roles = ['check'];
    expect(claim(2)).toBe('not_available');
    expect(claim(1)).toBeUndefined();
    expect(claim(1)).toBe('not_available');
    run.expire('clone');
    expect(claim(1)).toBe('stale_token');
    expect(run.refusal('ClaimTask', { taskId: 'nobody', attempt: 1, instanceId: 'i' })).toBe('not_found');
  });

  it('lets people take tasks of the role human only, without a lease', () => {
    const run = RunSimulation.started(
      definitionOf('workflow: w\ntitle: W\ntasks:\n  - {id: a, role: human}\n  - {id: b, role: r}\n'),
      {},
    );
    const person = { actor: 'service:kanban', onBehalfOf: 'user:01900000-0000-7000-8000-0000000000aa' };
    const [leased] = run.do('ClaimTask', { taskId: 'a', attempt: 1, instanceId: 'board' }, person);
    expect(leased!.data).not.toHaveProperty('leaseMs');
    expect(run.refusal('ClaimTask', { taskId: 'b', attempt: 1, instanceId: 'board' }, person)).toBe('role_mismatch');
  });
});

describe('results', () => {
  const result = (value: unknown) => ({
    taskId: 'clone',
    attempt: 1,
    output: { value },
    artifacts: [],
    usage: { inputTokens: 1, outputTokens: 0, cachedTokens: 0, activeMs: 5 },
  });

  it('are accepted once: the same again is harmless, another one is refused', () => {
    const run = RunSimulation.started(definition);
    run.claim('clone');
    run.succeed('clone', { path: 1 });
    expect(run.do('SucceedTask', result({ path: 1 }))).toEqual([]);
    expect(run.refusal('SucceedTask', result({ path: 2 }))).toBe('result_differs');
    expect(
      run.refusal('FailTask', {
        taskId: 'clone',
        attempt: 1,
        fault: { code: 'x', message: 'x' as never, retryable: true },
        usage: run.run.usage,
      }),
    ).toBe('result_differs');
  });

  it('say nothing of what they were to who asks by guessing', () => {
    const run = RunSimulation.started(definition);
    run.claim('clone');
    run.succeed('clone', { path: 1 });
    const other = { actor: 'agent:other' };
    for (const guess of [1, 2]) expect(run.refusal('SucceedTask', result({ path: guess }), other)).toBe('already_finished');
  });

  it('count only from the holder and only for what is held', () => {
    const run = RunSimulation.started(definition);
    expect(run.refusal('SucceedTask', result({}))).toBe('stale_token');
    run.claim('clone');
    expect(run.refusal('SucceedTask', result({}), { actor: 'agent:other' })).toBe('not_holder');
    expect(run.refusal('SucceedTask', { ...result({}), attempt: 7 })).toBe('stale_token');
  });

  it('do not open gates by saying so', () => {
    const run = upToNotes();
    run.complete('notes', { file: 'x', approved: true });
    expect(run.state('approve')).toBe('waiting');
    expect(run.state('publish')).toBe('planned');
  });
});

describe('failing', () => {
  it('retries with growing pauses, then fails the run and skips what follows', () => {
    const run = RunSimulation.started(single(', retries: 2, backoff: 1s'), {});
    for (const [attempt, pause] of [
      [1, 1_000],
      [2, 2_000],
    ] as const) {
      run.claim('a');
      const [failed] = run.fail('a');
      expect(failed!.data).toMatchObject({ attempt, final: false });
      expect(Date.parse((failed!.data as { retryAt: string }).retryAt) - Date.parse(run.now)).toBe(pause);
      expect(shortNames(run.do('ScheduleRetry', { taskId: 'a', attempt }))).toEqual([`TaskScheduled(a,${attempt + 1})`]);
      expect(run.do('ScheduleRetry', { taskId: 'a', attempt })).toEqual([]);
    }
    run.claim('a');
    expect(shortNames(run.fail('a'))).toEqual(['TaskFailed(a,3)', 'RunFailed']);
  });

  it('does not retry what cannot help, lets independent work end first', () => {
    const run = RunSimulation.started(definition);
    run.complete('clone', { path: '/w', tag: 'v1' });
    run.claim('lint');
    run.claim('count');
    expect(shortNames(run.fail('lint', false))).toEqual([
      'TaskFailed(lint,1)',
      'TaskSkipped(notes)',
      'TaskSkipped(approve)',
      'TaskSkipped(publish)',
    ]);
    expect(shortNames(run.succeed('count'))).toEqual(['TaskSucceeded(count,1)', 'RunFailed']);
    expect(run.events.at(-1)!.data).toMatchObject({ failedTaskIds: ['lint'] });
  });

  it('budgets lost leases apart from failures', () => {
    const run = RunSimulation.started(single(', retries: 0'), {});
    for (let lost = 1; lost <= 5; lost++) {
      run.claim('a');
      expect(shortNames(run.expire('a'))).toEqual([`TaskLeaseExpired(a,${lost})`, `TaskScheduled(a,${lost + 1})`]);
    }
    run.claim('a');
    expect(shortNames(run.expire('a'))).toEqual(['TaskLeaseExpired(a,6)', 'RunFailed']);
  });

  it('fails a step whose input leads nowhere', () => {
    const run = RunSimulation.started(definition);
    run.claim('clone');
    const names = shortNames(run.succeed('clone', { tag: 'v1' }));
    expect(names).toEqual(expect.arrayContaining(['TaskScheduled(lint,1)', 'TaskFailed(lint,1)', 'RunFailed']));
  });

  it('stops what runs too long, then fails that attempt', () => {
    const run = RunSimulation.started(single(', retries: 1'), {});
    run.claim('a');
    expect(shortNames(run.do('TimeOutTask', { taskId: 'a', attempt: 1, limit: 'run' }))).toEqual(['TaskStopRequested(a,1)']);
    expect(
      run.refusal('SucceedTask', {
        taskId: 'a',
        attempt: 1,
        output: { value: 1 },
        artifacts: [],
        usage: run.run.usage,
      }),
    ).toBe('stopping');
    const [failed] = run.do('ConfirmStopped', { taskId: 'a', attempt: 1, usage: run.run.usage });
    expect(failed).toMatchObject({ type: 'TaskFailed', data: { fault: { code: 'timeout' }, final: false } });
  });

  it('ends a task that no worker takes', () => {
    const run = RunSimulation.started(single(', startWithin: 5s, retries: 0'), {});
    expect(run.events.at(-1)!.data).toMatchObject({ startByAt: '2026-01-01T00:00:05.000Z' });
    expect(shortNames(run.do('TimeOutTask', { taskId: 'a', attempt: 1, limit: 'start' }))).toEqual([
      'TaskFailed(a,1)',
      'RunFailed',
    ]);
  });
});

describe('gates', () => {
  it('refused, fail the run', () => {
    const run = atGate();
    const { approvalId } = run.run.tasks.get('approve')!;
    const names = shortNames(run.do('RefuseGate', { taskId: 'approve', approvalId: approvalId!, outcome: 'expired' }));
    expect(names).toEqual(['GateRefused(approve)', 'TaskSkipped(publish)', 'RunFailed']);
  });

  it('stay shut for another digest, another approval, or too late', () => {
    const run = atGate();
    const { approvalId, actionDigest } = run.run.tasks.get('approve')!;
    const valid = {
      taskId: 'approve',
      approvalId: approvalId!,
      actionDigest: actionDigest!,
      validUntilAt: '2027-01-01T00:00:00.000Z',
    };
    expect(run.refusal('OpenGate', { ...valid, actionDigest: `sha256:${'1'.repeat(64)}` })).toBe('digest_mismatch');
    expect(run.refusal('OpenGate', { ...valid, approvalId: '01900000-0000-7000-8000-0000000000ff' })).toBe('not_waiting');
    expect(run.do('OpenGate', { ...valid, validUntilAt: run.now })[0]).toMatchObject({
      type: 'GateRefused',
      data: { outcome: 'expired' },
    });
  });

  it('do not open for something other than what was approved', () => {
    const run = atGate();
    const changed = definitionOf(releaseCheck.replace('run: [publish,', 'run: [publish, --force,'));
    Object.assign(run, { definition: changed });
    expect(run.open('approve')[0]).toMatchObject({
      type: 'GateRefused',
      data: { outcome: 'digest_changed' },
    });
  });

  it('are asked again when the guarded step is begun again', () => {
    const run = atGate();
    const first = run.run.tasks.get('approve')!.approvalId;
    run.open('approve', 500);
    run.claim('publish');
    // The retry would come after the approval's end, so there is none.
    expect(shortNames(run.fail('publish'))).toEqual(['TaskFailed(publish,1)', 'RunFailed']);
    expect(shortNames(run.do('RequeueTask', { taskId: 'publish' }))).toEqual(['RunReopened', 'GateReached(approve)']);
    expect(run.run.tasks.get('approve')!.approvalId).not.toBe(first);
    expect(shortNames(run.open('approve'))).toEqual(['GateOpened(approve)', 'TaskScheduled(publish,2)']);
  });
});
