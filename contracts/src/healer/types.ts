import { z } from 'zod';
import { Int, Slug, Text } from '../core/scalars.js';
import { Json } from '../core/types.js';

export const Severity = z.enum(['info', 'warning', 'critical']);
/** How far a runbook may go at a target by itself. */
export const AutonomyLevel = z.enum(['observe', 'suggest', 'approve', 'act']);
export const Link = z.object({
  kind: z.enum(['run', 'task', 'approval', 'decision', 'incident', 'card', 'url']),
  id: z.string().optional(),
  url: z.string().optional(),
  title: Text.optional(),
});
export const RunbookStep = z.object({
  stepId: Slug,
  act: Slug,
  parameters: Json,
  timeoutMs: Int,
  onFailure: z.enum(['next', 'stop']),
});
export const Guardrails = z.object({
  perHour: Int,
  perDay: Int,
  cooldownMs: Int,
  maxParallel: Int,
  minHealthyRatio: z.number(),
  requireCertificate: z.boolean(),
});

export type Severity = z.infer<typeof Severity>;
export type AutonomyLevel = z.infer<typeof AutonomyLevel>;
export type Link = z.infer<typeof Link>;
export type RunbookStep = z.infer<typeof RunbookStep>;
export type Guardrails = z.infer<typeof Guardrails>;
