import { z } from 'zod';
import { defineEvents, type EventOf } from '../core/define.js';
import { Digest, Id, Int, Slug, Text, Time } from '../core/scalars.js';
import { Action, Fault, Json } from '../core/types.js';
import { AutonomyLevel, RunbookStep } from './types.js';

const of = { incidentId: Id, targetId: Slug, runbookId: Slug };

/** Stream `repair-<repairId>`: steps in order, each started once, recorded before acting. */
export const repairEvents = defineEvents('healer', 'repair', {
  RepairProposed: z.object({
    repairId: Id,
    ...of,
    runbookVersion: Int,
    /** 1 is the first attempt at this incident. */
    try: Int,
    autonomy: AutonomyLevel,
    mode: z.enum(['live', 'dry_run']),
    instances: z.array(z.string()),
    steps: z.array(RunbookStep),
    verifyWithinMs: Int,
    action: Action,
    /** SHA-256 of the action's RFC 8785 form. */
    actionDigest: Digest,
    approvalId: Id.optional(),
    decisionId: Id.optional(),
  }),
  RepairDeclined: z.object({ repairId: Id, ...of, outcome: z.string(), reason: Text.optional() }),
  RepairStarted: z.object({ repairId: Id, ...of, token: Int }),
  RepairStepStarted: z.object({
    repairId: Id,
    step: Int,
    stepId: Slug,
    act: Slug,
    parameters: Json,
    instances: z.array(z.string()),
    /** The driver acts at most once per key. */
    actionKey: Id,
    token: Int,
    timeoutAt: Time,
  }),
  RepairStepSucceeded: z.object({ repairId: Id, step: Int, output: Json.optional() }),
  RepairStepFailed: z.object({ repairId: Id, step: Int, fault: Fault }),
  RepairVerificationStarted: z.object({ repairId: Id, incidentId: Id, untilAt: Time }),
  /** Every breach of the incident has cleared. */
  RepairVerified: z.object({ repairId: Id, ...of, tookMs: Int }),
  RepairFailed: z.object({
    repairId: Id,
    ...of,
    try: Int,
    why: z.enum(['step_failed', 'not_cleared', 'aborted']),
    fault: Fault.optional(),
  }),
});
export type RepairEvent = EventOf<typeof repairEvents>;
