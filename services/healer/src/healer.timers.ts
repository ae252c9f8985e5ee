import { incidentEvents, repairEvents, targetEvents } from '@agencyos/contracts';
import { defineTimers } from '@agencyos/runtime';

/** Facts "due at T". `decide` compares state and now, so one that was overtaken changes nothing. */
export const healerTimers = defineTimers('healer-timers', [repairEvents, targetEvents, incidentEvents], {
  refuse({ data }) {
    const repairId = 'repairId' in data ? data.repairId : undefined;
    return repairId ? { type: 'AbortRepair', data: { repairId, why: 'stopped' } } : undefined;
  },
  on(fact) {
    switch (fact.type) {
      case 'RepairStepStarted': {
        const { repairId, step, timeoutAt } = fact.data;
        const command = { type: 'TimeOutStep' as const, data: { repairId, step } };
        return [{ set: { kind: 'step', key: `${repairId}/${step}`, dueAt: timeoutAt, command, elapses: true } }];
      }
      case 'RepairStepSucceeded':
      case 'RepairStepFailed':
        return [{ cancel: { kind: 'step', key: `${fact.data.repairId}/${fact.data.step}` } }];
      case 'RepairVerificationStarted': {
        const { repairId, untilAt } = fact.data;
        const command = { type: 'FinishVerification' as const, data: { repairId } };
        return [{ set: { kind: 'verification', key: repairId, dueAt: untilAt, command, elapses: true } }];
      }
      case 'RepairDeferred': {
        const { targetId, repairId, runbookId, retryAt, instances = [], guardrails, unhealthy = 1 } = fact.data;
        if (!retryAt || !guardrails) return [];
        // The switch as it stands then is looked up when the command is decided.
        const data = { targetId, repairId, runbookId, instances, guardrails, mode: 'live' as const, unhealthy };
        return [
          {
            set: { kind: 'deferred', key: repairId, dueAt: retryAt, command: { type: 'AdmitRepair', data } },
          },
        ];
      }
      case 'RepairVerified':
      case 'RepairFailed':
      case 'RepairDeclined': {
        const { repairId } = fact.data;
        return [{ cancel: { kind: 'verification', key: repairId } }, { cancel: { kind: 'deferred', key: repairId } }];
      }
      case 'IncidentResolved': {
        const { incidentId, closeAt } = fact.data;
        const command = { type: 'CloseIncident' as const, data: { incidentId, followUps: [] } };
        return [{ set: { kind: 'close', key: incidentId, dueAt: closeAt, command } }];
      }
      case 'IncidentReopened':
      case 'IncidentClosed':
        return [{ cancel: { kind: 'close', key: fact.data.incidentId } }];
      default:
        return [];
    }
  },
});
