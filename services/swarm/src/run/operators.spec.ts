import { describe, expect, it } from '@jest/globals';
import { RunSimulation, shortNames } from '../testing/run-simulation.js';
import { definitionOf, releaseCheck } from '../testing/sample-workflow.js';

const definition = definitionOf(releaseCheck);

describe('operators', () => {
  it('requeue a held task: told to stop, scheduled again once it has', () => {
    const run = RunSimulation.started(definition);
    run.claim('clone');
    expect(shortNames(run.do('RequeueTask', { taskId: 'clone' }))).toEqual(['TaskStopRequested(clone,1)']);
    expect(run.do('RequeueTask', { taskId: 'clone' })).toEqual([]);
    expect(shortNames(run.do('ConfirmStopped', { taskId: 'clone', attempt: 1, usage: run.run.usage }))).toEqual([
      'TaskReleased(clone,1)',
      'TaskScheduled(clone,2)',
    ]);
    run.complete('clone', { path: 'p', tag: 't' });
    expect(run.refusal('RequeueTask', { taskId: 'clone' })).toBe('already_finished');
    expect(run.refusal('RequeueTask', { taskId: 'notes' })).toBe('not_stoppable');
    run.claim('lint');
    const present = run.run.tasks.get('lint')!.revision;
    const stale = { code: 'stale_revision', details: expect.objectContaining({ present }) };
    const cancel = () => run.do('CancelTask', { taskId: 'lint', seenRevision: 0 });
    expect(cancel).toThrow(expect.objectContaining(stale));
  });

  it('cancel what has become ready since they looked: on the board it stands where it stood (fault 21)', () => {
    const run = RunSimulation.started(definition);
    expect(shortNames(run.do('CancelTask', { taskId: 'clone', seenRevision: 1 }))[0]).toBe('TaskCancelled(clone,1)');
    const held = RunSimulation.started(definition);
    held.claim('clone');
    expect(held.refusal('CancelTask', { taskId: 'clone', seenRevision: 2 })).toBe('stale_revision');
    expect(held.refusal('CancelTask', { taskId: 'clone', seenRevision: 3 })).toBeUndefined();
  });

  it('requeue also when the holder says nothing any more', () => {
    const run = RunSimulation.started(definition);
    run.claim('clone');
    run.do('RequeueTask', { taskId: 'clone' });
    expect(shortNames(run.expire('clone'))).toEqual(['TaskLeaseExpired(clone,1)', 'TaskScheduled(clone,2)']);
    expect(run.run.tasks.get('clone')!.losses).toBe(0);
  });

  it('cancel a run: nothing begins, the last holder ends it', () => {
    const run = RunSimulation.started(definition);
    run.complete('clone', { path: 'p', tag: 't' });
    run.claim('lint');
    expect(shortNames(run.do('CancelRun', {}, { actor: 'user:x' }))).toEqual([
      'RunCancelRequested',
      'TaskStopRequested(lint,1)',
      'TaskCancelled(count,1)',
      'TaskCancelled(notes)',
      'TaskCancelled(approve)',
      'TaskCancelled(publish)',
    ]);
    expect(shortNames(run.do('ConfirmStopped', { taskId: 'lint', attempt: 1, usage: run.run.usage }))).toEqual([
      'TaskCancelled(lint,1)',
      'RunCancelled',
    ]);
    expect(run.refusal('ClaimTask', { taskId: 'count', attempt: 1, instanceId: 'i' })).toBe('closed');
  });

  it('fail a run at its deadline', () => {
    const run = RunSimulation.started(definitionOf('workflow: w\ntitle: W\ndeadline: 1m\ntasks:\n  - {id: a, role: r}\n'), {});
    expect(run.events[0]!.data).toMatchObject({ deadlineAt: '2026-01-01T00:01:00.000Z' });
    run.claim('a');
    run.do('TimeOutRun', {}, { actor: 'service:swarm' });
    run.expire('a');
    expect(run.events.at(-1)).toMatchObject({
      type: 'RunFailed',
      data: { fault: { code: 'deadline_exceeded' } },
    });
  });

  it('begin a failed run again from the failed task', () => {
    const run = RunSimulation.started(definition);
    run.claim('clone');
    run.fail('clone', false);
    expect(run.run.status).toBe('failed');
    expect(shortNames(run.do('RequeueTask', { taskId: 'clone' }))).toEqual(['RunReopened', 'TaskScheduled(clone,2)']);
    expect(run.run.status).toBe('running');
    run.complete('clone', { path: 'p', tag: 't' });
    expect(run.state('lint')).toBe('ready');
  });

  it('refuse an input that does not fit', () => {
    const refusal = (input: Record<string, unknown>) => {
      try {
        RunSimulation.started(definition, input);
      } catch (error) {
        return (error as { code: string; details: { field: string } }).details.field;
      }
      return undefined;
    };
    expect(refusal({})).toBe('input.repository');
    expect(refusal({ repository: 1 })).toBe('input.repository');
    expect(refusal({ repository: 'x', extra: 1 })).toBe('input.extra');
  });
});
