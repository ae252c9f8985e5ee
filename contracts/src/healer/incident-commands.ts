import { z } from 'zod';
import { defineCommands, type CommandOf } from '../core/define.js';
import { alreadyExists, notDue, notFound } from '../core/refusals.js';
import { Id, Int, Principal, Slug, Time } from '../core/scalars.js';
import { EscalationReason, ResolutionWay } from './incident-events.js';
import { BoundedText, list } from './limits.js';
import { closed, stillBreached } from './refusals.js';
import { Link, Severity } from './types.js';

const service = { permission: [], services: ['healer'] };
const breach = z.strictObject({ incidentId: Id, monitorId: Slug, breachId: Id, severity: Severity });

export const incidentCommands = defineCommands('healer', 'incident', 'incidentId', {
  OpenIncident: {
    ...service,
    refusals: [alreadyExists],
    data: z.strictObject({
      incidentId: Id,
      targetId: Slug,
      monitorId: Slug,
      breachId: Id,
      severity: Severity,
      title: BoundedText,
      detectedAt: Time,
    }),
  },
  JoinIncident: { ...service, refusals: [notFound, closed], data: breach },
  ReopenIncident: { ...service, refusals: [notFound, closed], data: breach },
  ClearBreach: { ...service, refusals: [notFound], data: breach },
  StartResponse: {
    ...service,
    refusals: [notFound],
    data: z.strictObject({ incidentId: Id, repairId: Id, runbookId: Slug }),
  },
  EscalateIncident: {
    ...service,
    refusals: [notFound, closed],
    data: z.strictObject({ incidentId: Id, level: Int, to: list(Principal), why: EscalationReason }),
  },
  ResolveIncident: {
    permission: ['ops:operate'],
    // The board passes on what a person did to the incident's card.
    services: ['healer', 'kanban'],
    refusals: [notFound, stillBreached],
    data: z.strictObject({
      incidentId: Id,
      how: ResolutionWay,
      repairId: Id.optional(),
      note: BoundedText.optional(),
    }),
  },
  CloseIncident: {
    permission: ['ops:operate'],
    services: ['healer'],
    refusals: [notFound, stillBreached, notDue],
    data: z.strictObject({ incidentId: Id, note: BoundedText.optional(), followUps: list(Link) }),
  },
});
export type IncidentCommand = CommandOf<typeof incidentCommands>;
