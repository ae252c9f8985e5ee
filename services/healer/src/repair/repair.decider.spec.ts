import { describe, it } from '@jest/globals';
import { ids, text, type RepairCommand, type RepairEvent } from '@agencyos/contracts';
import { deciderSpec, NOW } from '@agencyos/testing/decider';
import { actionDigest, INCIDENT, proposal, REPAIR, restart, RUNBOOK, SERVICE, TARGET } from '../../test/samples.js';
import { plus } from '../time.js';
import { repairDecider } from './repair.decider.js';

const given = deciderSpec(repairDecider);
const of = { repairId: REPAIR, incidentId: INCIDENT, targetId: TARGET, runbookId: RUNBOOK };
const fault = { code: 'restart_failed', message: text('it did not become ready'), retryable: true };

const proposed = (changes: object = {}): RepairEvent => ({
  type: 'RepairProposed',
  data: { ...proposal, actionDigest, ...changes },
});
const started: RepairEvent = { type: 'RepairStarted', data: { ...of, token: 7 } };
const stepStarted = (step: number): RepairEvent => ({
  type: 'RepairStepStarted',
  data: {
    ...{
      repairId: REPAIR,
      step,
      stepId: 'restart',
      act: 'restart',
      parameters: { value: {} },
      instances: ['one'],
    },
    ...{ actionKey: ids.actionKey(REPAIR, step), token: 7, timeoutAt: plus(NOW, restart.timeoutMs) },
  },
});
const succeeded: RepairEvent = { type: 'RepairStepSucceeded', data: { repairId: REPAIR, step: 1 } };
const verifying: RepairEvent = {
  type: 'RepairVerificationStarted',
  data: { repairId: REPAIR, incidentId: INCIDENT, untilAt: plus(NOW, proposal.verifyWithinMs) },
};
const verified: RepairEvent = { type: 'RepairVerified', data: { ...of, tookMs: 0 } };
const failed = (why: 'step_failed' | 'not_cleared' | 'aborted', more: object = {}): RepairEvent => ({
  type: 'RepairFailed',
  data: { ...of, try: 1, why, ...more },
});
const start: RepairCommand = { type: 'StartRepair', data: { repairId: REPAIR, token: 7 } };
const record = (changes: object = {}): RepairCommand => ({
  type: 'RecordStep',
  data: { repairId: REPAIR, step: 1, actionKey: ids.actionKey(REPAIR, 1), token: 7, ...changes },
});
const timeOut: RepairCommand = { type: 'TimeOutStep', data: { repairId: REPAIR, step: 1 } };
const late = { ...SERVICE, now: plus(NOW, restart.timeoutMs) };
const confirm: RepairCommand = { type: 'ConfirmRepair', data: { repairId: REPAIR } };
const finish: RepairCommand = { type: 'FinishVerification', data: { repairId: REPAIR } };
const abort = (why: 'person' | 'cleared'): RepairCommand => ({
  type: 'AbortRepair',
  data: { repairId: REPAIR, why },
});

describe('a repair', () => {
  it('is proposed once, with its action digest', () => {
    const propose: RepairCommand = { type: 'ProposeRepair', data: proposal };
    given().when(propose, SERVICE, { actionDigest }).then(proposed());
    given(proposed()).when(propose, SERVICE, { actionDigest }).then();
  });
  it('is recorded as started together with its first step', () =>
    given(proposed()).when(start, SERVICE).then(started, stepStarted(1)));
  it('is started once', () => given(proposed(), started, stepStarted(1)).when(start, SERVICE).then());
  it('is not started after it was called off', () =>
    given(proposed(), failed('aborted')).when(start, SERVICE).thenRejected('closed', { outcome: 'failed' }));
  it('is not declined once it runs', () =>
    given(proposed(), started, stepStarted(1))
      .when({ type: 'DeclineRepair', data: { repairId: REPAIR, outcome: 'rate' } }, SERVICE)
      .thenRejected('closed'));
});

describe('a step', () => {
  const running = [proposed(), started, stepStarted(1)];
  it('that succeeded leads to verification', () =>
    given(...running)
      .when(record(), SERVICE)
      .then(succeeded, verifying));
  it('is recorded once', () =>
    given(...running, succeeded, verifying)
      .when(record(), SERVICE)
      .then());
  it('that failed ends the repair', () =>
    given(...running)
      .when(record({ fault }), SERVICE)
      .then({ type: 'RepairStepFailed', data: { repairId: REPAIR, step: 1, fault } }, failed('step_failed', { fault })));
  it('leads to the next one, also after a fault that it may have', () => {
    const steps = [{ ...restart, onFailure: 'next' as const }, restart];
    given(proposed({ steps }), started, stepStarted(1)).when(record(), SERVICE).then(succeeded, stepStarted(2));
    given(proposed({ steps }), started, stepStarted(1))
      .when(record({ fault }), SERVICE)
      .then({ type: 'RepairStepFailed', data: { repairId: REPAIR, step: 1, fault } }, stepStarted(2));
  });
  it('with an old token is refused', () =>
    given(...running)
      .when(record({ token: 6 }), SERVICE)
      .thenRejected('stale_token', { present: 7 }));
  it('that was never started, or with a foreign key, is refused', () => {
    given(...running)
      .when(record({ step: 2 }), SERVICE)
      .thenRejected('invalid');
    given(...running)
      .when(record({ actionKey: ids.actionKey(REPAIR, 9) }), SERVICE)
      .thenRejected('invalid');
  });
  it('without a result in time has failed', () => {
    const timeout = { code: 'timeout', message: text('The driver gave no result in time.'), retryable: true };
    given(...running)
      .when(timeOut, late, { outcome: { state: 'running' } })
      .then(
        { type: 'RepairStepFailed', data: { repairId: REPAIR, step: 1, fault: timeout } },
        failed('step_failed', { fault: timeout }),
      );
  });
  it('that the driver has done after all has not failed', () =>
    given(...running)
      .when(timeOut, late, { outcome: { state: 'done' } })
      .then(succeeded, {
        ...verifying,
        data: { ...verifying.data, untilAt: plus(late.now, proposal.verifyWithinMs) },
      } as RepairEvent));
  it('is not timed out when its result is known', () => {
    given(...running, succeeded, verifying)
      .when(timeOut, late)
      .then();
  });
});

describe('verification', () => {
  const watching = [proposed(), started, stepStarted(1), succeeded, verifying];
  const over = { ...SERVICE, now: plus(NOW, proposal.verifyWithinMs) };
  it('ends well, once', () => {
    given(...watching)
      .when(confirm, SERVICE)
      .then(verified);
    given(...watching, verified)
      .when(confirm, SERVICE)
      .then();
  });
  it('needs the steps to be done', () =>
    given(proposed(), started, stepStarted(1)).when(confirm, SERVICE).thenRejected('not_verifying'));
  it('ends badly when nothing cleared in time', () => {
    given(...watching)
      .when(finish, over)
      .then(failed('not_cleared'));
    given(...watching, verified)
      .when(finish, over)
      .then();
  });
  it('is not called off because all has cleared: it says so itself', () => {
    given(...watching)
      .when(abort('cleared'), SERVICE)
      .then();
    given(proposed()).when(abort('cleared'), SERVICE).then(failed('aborted'));
  });
  it('can be called off by a person', () => {
    given(...watching)
      .when(abort('person'))
      .then(failed('aborted'));
    given(...watching, verified)
      .when(abort('person'))
      .then();
  });
});
