import type { HealerFact } from '../reactions/facts.js';

const WHY_ESCALATED: Record<string, string> = {
  no_runbook: 'no runbook fits',
  repair_failed: 'the repair did not help',
  recurred: 'it came back after a repair',
  declined: 'the repair was not allowed',
  impaired: 'the healer cannot see enough',
};

const WHY_DEFERRED: Record<string, string> = {
  cooldown: 'the last repair was a moment ago',
  rate: 'its restart budget is used up',
  blast_radius: 'too few instances would stay healthy',
  dependency: 'what it depends on is broken',
  stopped: 'healing is switched off',
  impaired: 'the healer cannot see enough',
  busy: 'another repair is under way',
  uncertified: 'the runbook needs a certificate',
};

const HOW_RESOLVED = { repair: 'by the repair', itself: 'by itself', person: 'by a person' };

/** A line of an incident's log, or nothing when the fact says nothing new to a reader. */
export function sentence(fact: HealerFact): string | undefined {
  switch (fact.type) {
    case 'IncidentOpened':
      return `${fact.data.title} (${fact.data.monitorId}).`;
    case 'IncidentReopened':
      return `Broken again soon after it was resolved (${fact.data.monitorId}).`;
    case 'IncidentBreachJoined':
      return `${fact.data.monitorId} is breached as well.`;
    case 'IncidentBreachCleared': {
      const { monitorId, openBreaches } = fact.data;
      return openBreaches === 0
        ? `${monitorId} is good again.`
        : `${monitorId} is good again, ${openBreaches} to go.`;
    }
    case 'RepairProposed':
      return `Repair ${fact.data.try} proposed: ${fact.data.runbookId} version ${fact.data.runbookVersion}.`;
    case 'RepairAdmitted':
      return `Within the guardrails; repair admitted with token ${fact.data.token}.`;
    case 'RepairDeferred': {
      const why = WHY_DEFERRED[fact.data.code] ?? fact.data.code;
      return fact.data.retryAt ? `Repair waits: ${why}.` : `Repair refused: ${why}.`;
    }
    case 'RepairDeclined':
      return `Repair declined: ${fact.data.reason ?? fact.data.outcome}.`;
    case 'RepairStepStarted':
      return `Step ${fact.data.step}, ${fact.data.stepId}: told the driver to ${fact.data.act}.`;
    case 'RepairStepSucceeded':
      return `Step ${fact.data.step} is done.`;
    case 'RepairStepFailed':
      return `Step ${fact.data.step} failed: ${fact.data.fault.message}`;
    case 'RepairVerificationStarted':
      return 'Watching whether it stays good.';
    case 'RepairVerified':
      return `Repair verified after ${seconds(fact.data.tookMs)}.`;
    case 'RepairFailed':
      return fact.data.why === 'aborted' ? 'Repair called off.' : 'Repair failed.';
    case 'IncidentEscalated':
      return `Handed to people: ${WHY_ESCALATED[fact.data.why] ?? fact.data.why}.`;
    case 'IncidentResolved': {
      const { how, lastedMs, note } = fact.data;
      return `Resolved ${HOW_RESOLVED[how]} after ${seconds(lastedMs)}${note ? `: ${note}` : '.'}`;
    }
    case 'IncidentClosed':
      return 'Closed.';
    default:
      return undefined;
  }
}

const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
