import { describe, expect, it } from '@jest/globals';
import { CommandMessage, describeCommand, type Fact } from '@agencyos/contracts';
import { NOW } from '@agencyos/testing/decider';
import { guardrails, INCIDENT, REPAIR, RUNBOOK, TARGET } from '../test/samples.js';
import { healerTimers } from './healer.timers.js';
import { plus } from './time.js';

const on = (type: string, data: object) => healerTimers.on({ type, data } as Fact);
const dueAt = plus(NOW, 1_000);
const repair = { repairId: REPAIR };

describe('a timer', () => {
  it.each([
    ['RepairStepStarted', { ...repair, step: 1, timeoutAt: dueAt }, 'step', 'TimeOutStep'],
    ['RepairVerificationStarted', { ...repair, untilAt: dueAt }, 'verification', 'FinishVerification'],
    [
      'RepairDeferred',
      {
        ...repair,
        targetId: TARGET,
        runbookId: RUNBOOK,
        code: 'busy',
        retryAt: dueAt,
        instances: [],
        guardrails,
        unhealthy: 1,
      },
      'deferred',
      'AdmitRepair',
    ],
    ['IncidentResolved', { incidentId: INCIDENT, closeAt: dueAt }, 'close', 'CloseIncident'],
  ])('is set by %s', (type, data, kind, command) => {
    const [op] = on(type, data);
    expect(op).toMatchObject({ set: { kind, dueAt, command: { type: command } } });
    // What fires must be a command that the context takes.
    const fired = (op as { set: { command: { type: string; data: Record<string, unknown> } } }).set.command;
    expect(describeCommand(command)!.data.safeParse(fired.data).error).toBeUndefined();
    expect(CommandMessage.shape.data.safeParse(fired.data).success).toBe(true);
  });

  it.each([
    ['RepairStepSucceeded', { ...repair, step: 1 }, ['step']],
    ['RepairStepFailed', { ...repair, step: 1 }, ['step']],
    ['RepairVerified', repair, ['verification', 'deferred']],
    ['RepairFailed', repair, ['verification', 'deferred']],
    ['RepairDeclined', repair, ['verification', 'deferred']],
    ['IncidentReopened', { incidentId: INCIDENT }, ['close']],
    ['IncidentClosed', { incidentId: INCIDENT }, ['close']],
  ])('is ended by %s', (type, data, kinds) =>
    expect(on(type, data).map((op) => ('cancel' in op ? op.cancel.kind : ''))).toEqual(kinds),
  );

  it('is not set by a deferral that needs a person', () =>
    expect(on('RepairDeferred', { ...repair, targetId: TARGET, runbookId: RUNBOOK, code: 'rate' })).toEqual([]));
});
