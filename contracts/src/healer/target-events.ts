import { z } from 'zod';
import { defineEvents, type EventOf } from '../core/define.js';
import { Id, Int, Slug, Time } from '../core/scalars.js';
import { Guardrails, Severity } from './types.js';

export const TargetKind = z.enum(['service', 'proxy', 'cache', 'database', 'queue', 'workload', 'host', 'agents']);
export const SuppressReason = z.enum(['maintenance', 'dependency', 'paused']);
export const DeferralCode = z.enum([
  'cooldown',
  'rate',
  'blast_radius',
  'dependency',
  'stopped',
  'impaired',
  'busy',
  'uncertified',
]);

/** Stream `target-<targetId>`: the guard. One open incident, who repairs it, how often lately. */
export const targetEvents = defineEvents('healer', 'target', {
  TargetRegistered: z.object({
    targetId: Slug,
    kind: TargetKind,
    driver: Slug,
    replicas: Int,
    minHealthy: Int,
    maxParallel: Int,
    environment: Slug,
    dependsOn: z.array(Slug),
    labels: z.record(z.string(), z.string()),
  }),
  BreachAttached: z.object({
    targetId: Slug,
    incidentId: Id,
    monitorId: Slug,
    breachId: Id,
    severity: Severity,
    /** `reopens`: soon after the resolution of the incident before. */
    effect: z.enum(['opens', 'joins', 'reopens']),
  }),
  BreachSuppressed: z.object({ targetId: Slug, monitorId: Slug, breachId: Id, why: SuppressReason }),
  IncidentDetached: z.object({ targetId: Slug, incidentId: Id }),
  RepairAdmitted: z.object({
    targetId: Slug,
    repairId: Id,
    runbookId: Slug,
    instances: z.array(z.string()),
    /** Fencing token: rises with every admission; a driver refuses a lower one. */
    token: Int,
  }),
  RepairDeferred: z.object({
    targetId: Slug,
    repairId: Id,
    runbookId: Slug,
    code: DeferralCode,
    retryAt: Time.optional(),
    /** What was asked for, so that the timer can ask again; with `retryAt` only. */
    instances: z.array(z.string()).optional(),
    guardrails: Guardrails.optional(),
    unhealthy: Int.optional(),
  }),
  RepairReleased: z.object({
    targetId: Slug,
    repairId: Id,
    token: Int,
    outcome: z.enum(['verified', 'failed', 'aborted']),
  }),
});
export type TargetEvent = EventOf<typeof targetEvents>;
export type TargetKind = z.infer<typeof TargetKind>;
export type DeferralCode = z.infer<typeof DeferralCode>;
