import { z } from 'zod';
import { defineEvents, type EventOf } from '../core/define.js';
import { Id, Int, Principal, Slug, Text, Time } from '../core/scalars.js';
import { Link, Severity } from './types.js';

export const EscalationReason = z.enum(['no_runbook', 'repair_failed', 'recurred', 'declined', 'impaired']);
export const ResolutionWay = z.enum(['repair', 'itself', 'person']);

const breach = { monitorId: Slug, breachId: Id, severity: Severity };

/** Stream `incident-<incidentId>`: the life of one outage of one target. */
export const incidentEvents = defineEvents('healer', 'incident', {
  IncidentOpened: z.object({
    incidentId: Id,
    targetId: Slug,
    severity: Severity,
    title: Text,
    monitorId: Slug,
    breachId: Id,
    detectedAt: Time,
  }),
  IncidentReopened: z.object({ incidentId: Id, ...breach }),
  IncidentBreachJoined: z.object({ incidentId: Id, ...breach }),
  IncidentBreachCleared: z.object({ incidentId: Id, monitorId: Slug, breachId: Id, openBreaches: Int }),
  IncidentResponseStarted: z.object({ incidentId: Id, repairId: Id, runbookId: Slug }),
  IncidentEscalated: z.object({
    incidentId: Id,
    level: Int,
    to: z.array(Principal),
    decisionId: Id.optional(),
    why: EscalationReason,
  }),
  IncidentResolved: z.object({
    incidentId: Id,
    targetId: Slug,
    how: ResolutionWay,
    repairId: Id.optional(),
    lastedMs: Int,
    /** When the books close; a breach before that may reopen it. */
    closeAt: Time,
    note: Text.optional(),
  }),
  IncidentClosed: z.object({ incidentId: Id, note: Text.optional(), followUps: z.array(Link) }),
});
export type IncidentEvent = EventOf<typeof incidentEvents>;
export type EscalationReason = z.infer<typeof EscalationReason>;
