import type { Fault, RepairCommand, RepairEvent } from '@agencyos/contracts';
import { ids, text } from '@agencyos/contracts';
import { type Command, type Decider, type Refusable, rejection } from '@agencyos/decider';
import { between, plus } from '../time.js';

type Proposed = Extract<RepairEvent, { type: 'RepairProposed' }>['data'];
type StepStarted = Extract<RepairEvent, { type: 'RepairStepStarted' }>['data'];
export type RepairState = 'none' | 'proposed' | 'started' | 'verifying' | 'verified' | 'failed' | 'declined';

export interface Repair {
  state: RepairState;
  proposed?: Proposed;
  token: number;
  startedAt?: string;
  /** The last step started; `recorded` once its result is known. */
  step?: StepStarted & { recorded: boolean };
  untilAt?: string;
}

/** ProposeRepair: the action's digest. TimeOutStep: what the driver says about the action after all. */
export type RepairLookup = { actionDigest: string } | { outcome: StepOutcome | undefined };
/** The driver's word on one action: still at it, or how it ended. */
export type StepOutcome = { state: 'running' } | { state: 'done' } | { state: 'failed'; detail: string };

export const repairDecider: Decider<RepairCommand, Repair, RepairEvent> = {
  initialState: { state: 'none', token: 0 },

  decide(command, repair) {
    if (command.type === 'ProposeRepair') {
      if (repair.proposed) return [];
      const { actionDigest } = command.prepared as { actionDigest: string };
      return [{ type: 'RepairProposed', data: { ...command.data, actionDigest } }];
    }
    const { proposed, state } = repair;
    const { repairId } = command.data;
    if (!proposed) throw rejection(command, 'not_found', { detail: `No repair ${repairId}.` });
    const { incidentId, targetId, runbookId } = proposed;
    const of = { repairId, incidentId, targetId, runbookId };
    switch (command.type) {
      case 'DeclineRepair': {
        const { outcome, reason } = command.data;
        if (state === 'declined' || state === 'failed') return [];
        if (state !== 'proposed') throw closed(command, state);
        return [{ type: 'RepairDeclined', data: { ...of, outcome, ...(reason !== undefined && { reason }) } }];
      }
      case 'StartRepair': {
        const { token } = command.data;
        if (state !== 'proposed') {
          if (repair.token === token) return [];
          throw closed(command, state);
        }
        return [{ type: 'RepairStarted', data: { ...of, token } }, startStep(proposed, 1, token, command.metadata.now)];
      }
      case 'RecordStep':
        return recordStep(command, repair, proposed);
      case 'TimeOutStep':
        return timeOutStep(command, repair, proposed);
      case 'ConfirmRepair':
        if (state === 'verified') return [];
        if (state !== 'verifying') throw rejection(command, 'not_verifying', { outcome: state });
        return [
          {
            type: 'RepairVerified',
            data: { ...of, tookMs: between(repair.startedAt!, command.metadata.now) },
          },
        ];
      case 'FinishVerification':
        if (state !== 'verifying') return [];
        return [{ type: 'RepairFailed', data: { ...of, try: proposed.try, why: 'not_cleared' } }];
      case 'AbortRepair':
        if (state === 'verified' || state === 'failed' || state === 'declined') return [];
        // Once the driver has been told to act, only verification says what came of it.
        if (command.data.why === 'cleared' && state !== 'proposed') return [];
        return [{ type: 'RepairFailed', data: { ...of, try: proposed.try, why: 'aborted' } }];
    }
  },

  evolve(repair, event, { recordedAt }) {
    switch (event.type) {
      case 'RepairProposed':
        return { ...repair, state: 'proposed', proposed: event.data };
      case 'RepairDeclined':
        return { ...repair, state: 'declined' };
      case 'RepairStarted':
        return { ...repair, state: 'started', token: event.data.token, startedAt: recordedAt };
      case 'RepairStepStarted':
        return { ...repair, step: { ...event.data, recorded: false } };
      case 'RepairStepSucceeded':
      case 'RepairStepFailed':
        return { ...repair, step: repair.step && { ...repair.step, recorded: true } };
      case 'RepairVerificationStarted':
        return { ...repair, state: 'verifying', untilAt: event.data.untilAt };
      case 'RepairVerified':
        return { ...repair, state: 'verified' };
      case 'RepairFailed':
        return { ...repair, state: 'failed' };
    }
  },
};

function recordStep(
  command: Command<Extract<RepairCommand, { type: 'RecordStep' }>>,
  { state, step, token }: Repair,
  proposed: Proposed,
): RepairEvent[] {
  const { data, metadata } = command;
  if (data.token < token) throw rejection(command, 'stale_token', { present: token });
  if (!step || data.step > step.step || (data.step === step.step && data.actionKey !== step.actionKey)) {
    throw rejection(command, 'invalid', { detail: `Step ${data.step} was not started.`, field: 'step' });
  }
  if (data.step < step.step || step.recorded) return [];
  if (state !== 'started') throw closed(command, state);
  return stepEnded(proposed, step.step, token, metadata.now, data.fault ?? data.output);
}

function timeOutStep(
  { data, metadata: { now }, prepared }: Command<Extract<RepairCommand, { type: 'TimeOutStep' }>>,
  { state, step, token }: Repair,
  proposed: Proposed,
): RepairEvent[] {
  if (state !== 'started' || step?.step !== data.step || step.recorded) return [];
  const { outcome } = (prepared ?? {}) as { outcome?: StepOutcome };
  if (outcome?.state === 'done') return stepEnded(proposed, step.step, token, now, undefined);
  const message = outcome?.state === 'failed' ? outcome.detail : 'The driver gave no result in time.';
  return stepEnded(proposed, step.step, token, now, {
    code: 'timeout',
    message: text(message),
    retryable: true,
  });
}

/** The result of one step and what follows from it, together. */
function stepEnded(
  { repairId, incidentId, targetId, runbookId, try: attempt, steps, verifyWithinMs, instances }: Proposed,
  step: number,
  token: number,
  now: string,
  result: Fault | Extract<RepairCommand, { type: 'RecordStep' }>['data']['output'],
): RepairEvent[] {
  const fault = result && 'code' in result ? result : undefined;
  const output = result && !('code' in result) ? result : undefined;
  const recorded: RepairEvent = fault
    ? { type: 'RepairStepFailed', data: { repairId, step, fault } }
    : { type: 'RepairStepSucceeded', data: { repairId, step, ...(output && { output }) } };
  if (fault && steps[step - 1]!.onFailure === 'stop') {
    const of = { repairId, incidentId, targetId, runbookId };
    return [recorded, { type: 'RepairFailed', data: { ...of, try: attempt, why: 'step_failed', fault } }];
  }
  if (step < steps.length) return [recorded, startStep({ repairId, steps, instances }, step + 1, token, now)];
  const untilAt = plus(now, verifyWithinMs);
  return [recorded, { type: 'RepairVerificationStarted', data: { repairId, incidentId, untilAt } }];
}

/** Recorded before acting: a successor of a killed healer asks the driver by the action key. */
function startStep(
  { repairId, steps, instances }: Pick<Proposed, 'repairId' | 'steps' | 'instances'>,
  step: number,
  token: number,
  now: string,
): RepairEvent {
  const { stepId, act, parameters, timeoutMs } = steps[step - 1]!;
  const actionKey = ids.actionKey(repairId, step);
  const timeoutAt = plus(now, timeoutMs);
  return {
    type: 'RepairStepStarted',
    data: { repairId, step, stepId, act, parameters, instances, actionKey, token, timeoutAt },
  };
}

const closed = (command: Refusable<'closed'>, state: RepairState) =>
  rejection(command, 'closed', { detail: `The repair is ${state}.`, outcome: state });
