import { z } from 'zod';
import { defineCommands, type CommandOf } from '../core/define.js';
import { Id, Int, Principal, Severity, Slug, Time } from '../core/scalars.js';
import { Link } from '../core/types.js';
import { EscalationReason, ResolutionWay } from './incident-events.js';
import { BoundedText, list } from './limits.js';

const service = { permission: [], services: ['healer'] };
const breach = z.strictObject({ incidentId: Id, monitorId: Slug, breachId: Id, severity: Severity });

export const incidentCommands = defineCommands('healer', 'incident', 'incidentId', {
  OpenIncident: {
    ...service,
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
  JoinIncident: { ...service, data: breach },
  ReopenIncident: { ...service, data: breach },
  ClearBreach: { ...service, data: breach },
  StartResponse: { ...service, data: z.strictObject({ incidentId: Id, repairId: Id, runbookId: Slug }) },
  EscalateIncident: {
    ...service,
    data: z.strictObject({ incidentId: Id, level: Int, to: list(Principal), why: EscalationReason }),
  },
  ResolveIncident: {
    permission: ['ops:operate'],
    // The board passes on what a person did to the incident's card.
    services: ['healer', 'kanban'],
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
    data: z.strictObject({ incidentId: Id, note: BoundedText.optional(), followUps: list(Link) }),
  },
});
export type IncidentCommand = CommandOf<typeof incidentCommands>;
