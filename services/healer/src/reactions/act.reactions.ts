import type { PublishedCommand } from '@agencyos/contracts';
import { notAllowed } from './respond.reactions.js';
import { send, type React } from './facts.js';

/** Admission to action. What a started step does at the driver is the step runner's (supervisor/step-runner.ts). */
export const act: React = (fact) => {
  switch (fact.type) {
    case 'RepairAdmitted': {
      const { targetId, repairId, token } = fact.data;
      const release = (): PublishedCommand[] => [{ type: 'ReleaseRepair', data: { targetId, repairId, outcome: 'aborted' } }];
      return [send('act', 'StartRepair', { repairId, token }, release)];
    }
    case 'RepairDeferred': {
      const { repairId, code, retryAt } = fact.data;
      // With a time it asks again by itself: the timer `deferred`.
      return retryAt ? [] : [send('act', 'DeclineRepair', { repairId, outcome: code, reason: notAllowed(code) })];
    }
    case 'RepairStarted': {
      const { incidentId, repairId, runbookId } = fact.data;
      return [send('act', 'StartResponse', { incidentId, repairId, runbookId })];
    }
    default:
      return [];
  }
};
