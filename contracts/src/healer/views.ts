import { z } from 'zod';
import { defineView, type RowOf } from '../core/define.js';
import { Id, Int, Principal, Slug, Text, Time } from '../core/scalars.js';
import { EscalationReason, ResolutionWay } from './incident-events.js';
import { HealingState } from './healing-events.js';
import { MonitorKind } from './monitor-events.js';
import { TargetKind } from './target-events.js';
import { AutonomyLevel, Severity } from './types.js';

/** What is watched and how it is. */
export const servicesView = defineView({
  kind: 'services',
  context: 'healer',
  permission: 'ops:read',
  id: 'all',
  rows: {
    target: z.object({
      targetId: Slug,
      kind: TargetKind,
      driver: Slug,
      replicas: Int,
      /** `unknown`: registered, no monitor reports on it yet. */
      state: z.enum(['healthy', 'breached', 'repairing', 'no_data', 'unknown']),
      since: Time,
      incidentId: Id.optional(),
      monitors: z.array(Slug),
      lastRepair: z
        .object({
          repairId: Id,
          runbookId: Slug,
          outcome: z.enum(['running', 'verified', 'failed', 'aborted']),
          at: Time,
        })
        .optional(),
    }),
    monitor: z.object({
      monitorId: Slug,
      targetId: Slug,
      name: Text,
      kind: MonitorKind,
      severity: Severity,
      state: z.enum(['clear', 'breached', 'no_data']),
      since: Time,
      lastBreach: z.object({ breachId: Id, sinceAt: Time, window: z.string(), lastedMs: Int.optional() }).optional(),
    }),
  },
});
export type ServiceRow = RowOf<typeof servicesView, 'target'>;
export type MonitorRow = RowOf<typeof servicesView, 'monitor'>;

export const incidentsView = defineView({
  kind: 'incidents',
  context: 'healer',
  permission: 'ops:read',
  id: 'all',
  rows: {
    incident: z.object({
      incidentId: Id,
      targetId: Slug,
      monitorIds: z.array(Slug),
      severity: Severity,
      title: Text,
      state: z.enum(['open', 'responding', 'escalated', 'resolved', 'closed']),
      /** When it began to be bad, as far as is known: before it was detected. */
      sinceAt: Time.optional(),
      detectedAt: Time,
      openedAt: Time,
      respondedAt: Time.optional(),
      /** When a step of a repair had done its work. */
      actedAt: Time.optional(),
      resolvedAt: Time.optional(),
      closedAt: Time.optional(),
      how: ResolutionWay.optional(),
      repairId: Id.optional(),
      runbookId: Slug.optional(),
      try: Int.optional(),
      escalation: z.object({ why: EscalationReason, at: Time }).optional(),
      openBreaches: Int,
      /** What happened, in words, oldest first; at most the last 100. */
      log: z.array(z.object({ at: Time, text: Text })),
    }),
    repair: z.object({
      repairId: Id,
      incidentId: Id,
      targetId: Slug,
      runbookId: Slug,
      runbookVersion: Int,
      try: Int,
      autonomy: AutonomyLevel,
      state: z.enum(['proposed', 'started', 'verifying', 'verified', 'failed', 'declined']),
      at: Time,
      steps: z.array(
        z.object({
          step: Int,
          stepId: Slug,
          act: Slug,
          state: z.enum(['running', 'succeeded', 'failed']),
          startedAt: Time,
          endedAt: Time.optional(),
        }),
      ),
      /** Why it failed or was declined. */
      outcome: z.string().optional(),
    }),
  },
  window: {
    row: 'incident',
    filter: ['state', 'severity', 'targetId'],
    order: ['detectedAt'],
    text: ['title', 'targetId', 'incidentId'],
  },
});
export type IncidentRow = RowOf<typeof incidentsView, 'incident'>;
export type RepairRow = RowOf<typeof incidentsView, 'repair'>;

/** The red switch, the runbooks and how far each may go. */
export const healingView = defineView({
  kind: 'healing',
  context: 'healer',
  permission: 'ops:read',
  id: 'all',
  rows: {
    mode: z.object({
      mode: HealingState,
      /** Empty = all targets. */
      targetIds: z.array(Slug),
      why: z.string(),
      by: Principal,
      at: Time,
    }),
    runbook: z.object({
      runbookId: Slug,
      name: Text,
      version: Int,
      steps: z.array(z.object({ stepId: Slug, act: Slug, timeoutMs: Int })),
    }),
    autonomy: z.object({
      runbookId: Slug,
      targetId: Slug,
      autonomy: AutonomyLevel,
      why: z.string(),
      pinned: z.boolean(),
      verified: Int,
      failed: Int,
    }),
  },
});
export type HealingModeRow = RowOf<typeof healingView, 'mode'>;
export type RunbookRow = RowOf<typeof healingView, 'runbook'>;
export type AutonomyRow = RowOf<typeof healingView, 'autonomy'>;
