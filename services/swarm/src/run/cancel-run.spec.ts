import type { CancelledBy } from '@agencyos/contracts';
import { describe, expect, it } from '@jest/globals';
import { runTimers } from './run.timers.js';
import { RUN_ID, RunSimulation } from '../testing/run-simulation.js';
import { definitionOf, releaseCheck } from '../testing/sample-workflow.js';

const held = () => {
  const run = RunSimulation.started(definitionOf(releaseCheck));
  run.claim('clone');
  return run;
};
const SWARM = { actor: 'service:swarm' };
const ended = (run: RunSimulation) => {
  run.expire('clone');
  return run.events.at(-1);
};

describe('who or what cancels a run', () => {
  it.each<[CancelledBy, string]>([
    ['request', 'cancel'],
    ['policy', 'cancel'],
    ['budget', 'budget'],
    ['deadline', 'timeout'],
  ])('%s stands in the event, and its holders are told to stop: %s', (by, why) => {
    const [requested, stop] = held().do('CancelRun', { by }, SWARM);
    expect([requested, stop]).toMatchObject([{ type: 'RunCancelRequested', data: { by } }, { data: { why } }]);
  });

  it('is somebody’s request when nothing is said, whoever passes it on', () => {
    const run = held();
    expect(run.do('CancelRun', {}, SWARM)[0]!.data).toMatchObject({ by: 'request' });
    expect(ended(run)!.type).toBe('RunCancelled');
  });

  it('is never said by somebody else than a service to be anything but a request', () => {
    const run = held();
    for (const actor of ['user:someone', 'agent:worker'])
      for (const by of ['deadline', 'budget', 'policy'] as const)
        expect(run.refusal('CancelRun', { by }, { actor })).toBe('forbidden');
    expect(run.refusal('CancelRun', { by: 'request' }, { actor: 'user:someone' })).toBeUndefined();
  });

  it('is the deadline when it has passed, which fails the run', () => {
    const run = held();
    expect(run.do('TimeOutRun', {}, SWARM)[0]!.data).toMatchObject({ by: 'deadline' });
    expect(ended(run)).toMatchObject({ type: 'RunFailed', data: { fault: { code: 'deadline_exceeded' } } });
  });

  it('is a rule when its timers cannot go on: that is no deadline', () => {
    const command = runTimers.refuse!({ type: 'TaskFailed', data: { runId: RUN_ID } } as never, 'refused');
    expect(command).toMatchObject({ type: 'CancelRun', data: { by: 'policy', reason: 'refused' } });
  });

  it.each([
    ['service:swarm', 'RunFailed'],
    ['service:kanban', 'RunCancelled'],
    ['user:someone', 'RunCancelled'],
  ])('was inferred from the actor before it was said: by %s it ends in %s', (actor, end) => {
    const run = held();
    run.record({ type: 'RunCancelRequested', data: { runId: RUN_ID } }, actor);
    run.expire('clone');
    expect(run.events.at(-1)!.type).toBe(end);
  });
});
