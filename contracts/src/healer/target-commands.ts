import { z } from 'zod';
import { defineCommands, type CommandOf } from '../core/define.js';
import { notFound } from '../core/refusals.js';
import { Id, Int, Slug } from '../core/scalars.js';
import { BoundedMs, Label, list } from './limits.js';
import { HealingState } from './healing-events.js';
import { SuppressReason, TargetKind } from './target-events.js';
import { dependencyCycle } from './refusals.js';
import { Severity } from './types.js';

/** Guardrails as a command may bring them. */
export const BoundedGuardrails = z.strictObject({
  perHour: Int,
  perDay: Int,
  cooldownMs: BoundedMs,
  maxParallel: Int,
  minHealthyRatio: z.number().min(0).max(1),
  requireCertificate: z.boolean(),
});

const service = { permission: [], services: ['healer'] };

export const targetCommands = defineCommands('healer', 'target', 'targetId', {
  RegisterTarget: {
    permission: ['ops:admin'],
    services: ['healer'],
    refusals: [dependencyCycle],
    data: z.strictObject({
      targetId: Slug,
      kind: TargetKind,
      driver: Slug,
      replicas: Int.max(10_000),
      minHealthy: Int.max(10_000),
      maxParallel: Int.max(10_000),
      environment: Slug,
      dependsOn: list(Slug),
      labels: z.record(Label, z.string().max(200)).refine((labels) => Object.keys(labels).length <= 50),
    }),
  },
  AttachBreach: {
    ...service,
    refusals: [notFound],
    data: z.strictObject({
      targetId: Slug,
      monitorId: Slug,
      breachId: Id,
      severity: Severity,
      suppress: SuppressReason.optional(),
    }),
  },
  DetachIncident: { ...service, refusals: [], data: z.strictObject({ targetId: Slug, incidentId: Id }) },
  AdmitRepair: {
    ...service,
    refusals: [notFound],
    data: z.strictObject({
      targetId: Slug,
      repairId: Id,
      runbookId: Slug,
      instances: list(Label),
      guardrails: BoundedGuardrails,
      mode: HealingState,
      /** Instances of the target that are unhealthy now. */
      unhealthy: Int,
    }),
  },
  ReleaseRepair: {
    ...service,
    refusals: [],
    data: z.strictObject({
      targetId: Slug,
      repairId: Id,
      outcome: z.enum(['verified', 'failed', 'aborted']),
    }),
  },
});
export type TargetCommand = CommandOf<typeof targetCommands>;
