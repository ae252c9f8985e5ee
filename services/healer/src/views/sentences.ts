import type { FactOf, incidentEvents, repairEvents, targetEvents } from '@agencyos/contracts';

/** What an incident's log may tell of. */
export type IncidentFact = FactOf<typeof incidentEvents | typeof repairEvents | typeof targetEvents>;

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

type Sentences = { [F in IncidentFact as F['type']]: (fact: F) => string | undefined };

/** Says nothing new to a reader. */
const silent = (): undefined => undefined;

const SENTENCES: Sentences = {
  IncidentOpened: ({ data }) => `${data.title} (${data.monitorId}).`,
  IncidentReopened: ({ data }) => `Broken again soon after it was resolved (${data.monitorId}).`,
  IncidentBreachJoined: ({ data }) => `${data.monitorId} is breached as well.`,
  IncidentBreachCleared: ({ data: { monitorId, openBreaches } }) =>
    openBreaches === 0 ? `${monitorId} is good again.` : `${monitorId} is good again, ${openBreaches} to go.`,
  IncidentResponseStarted: silent,
  IncidentEscalated: ({ data: { why } }) => `Handed to people: ${WHY_ESCALATED[why] ?? why}.`,
  IncidentResolved: ({ data: { how, lastedMs, note } }) =>
    `Resolved ${HOW_RESOLVED[how]} after ${seconds(lastedMs)}${note ? `: ${note}` : '.'}`,
  IncidentClosed: () => 'Closed.',
  RepairProposed: ({ data }) => `Repair ${data.try} proposed: ${data.runbookId} version ${data.runbookVersion}.`,
  RepairDeclined: ({ data: { reason, outcome } }) => `Repair declined: ${reason ?? outcome}.`,
  RepairStarted: silent,
  RepairStepStarted: ({ data: { step, stepId, act } }) => `Step ${step}, ${stepId}: told the driver to ${act}.`,
  RepairStepSucceeded: ({ data: { step } }) => `Step ${step} is done.`,
  RepairStepFailed: ({ data: { step, fault } }) => `Step ${step} failed: ${fault.message}`,
  RepairVerificationStarted: () => 'Watching whether it stays good.',
  RepairVerified: ({ data: { tookMs } }) => `Repair verified after ${seconds(tookMs)}.`,
  RepairFailed: ({ data: { why } }) => (why === 'aborted' ? 'Repair called off.' : 'Repair failed.'),
  TargetRegistered: silent,
  BreachAttached: silent,
  BreachSuppressed: silent,
  IncidentDetached: silent,
  RepairAdmitted: ({ data: { token } }) => `Within the guardrails; repair admitted with token ${token}.`,
  RepairDeferred({ data: { code, retryAt } }) {
    const why = WHY_DEFERRED[code] ?? code;
    return retryAt ? `Repair waits: ${why}.` : `Repair refused: ${why}.`;
  },
  RepairReleased: silent,
};

/** A line of an incident's log, or nothing when the fact says nothing new to a reader. */
export const sentence = (fact: IncidentFact): string | undefined =>
  (SENTENCES[fact.type] as (fact: IncidentFact) => string | undefined)(fact);

const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
