import { z } from 'zod';
import { defineCommands, type CommandOf } from '../core/define.js';
import { invalid, notFound } from '../core/refusals.js';
import { Id, Int, Slug } from '../core/scalars.js';
import { Action, Fault, Json } from '../core/types.js';
import { BoundedMs, BoundedText, Label, list } from './limits.js';
import { closed, notVerifying, staleToken } from './refusals.js';
import { AutonomyLevel, RunbookStep } from './types.js';

const service = { permission: [], services: ['healer'] };

export const repairCommands = defineCommands('healer', 'repair', 'repairId', {
  ProposeRepair: {
    ...service,
    refusals: [],
    data: z.strictObject({
      repairId: Id,
      incidentId: Id,
      targetId: Slug,
      runbookId: Slug,
      runbookVersion: Int,
      try: Int.min(1).max(1_000),
      autonomy: AutonomyLevel,
      mode: z.enum(['live', 'dry_run']),
      instances: list(Label),
      steps: z.array(RunbookStep).min(1).max(50),
      verifyWithinMs: BoundedMs,
      action: Action,
    }),
  },
  DeclineRepair: {
    ...service,
    refusals: [notFound, closed],
    data: z.strictObject({ repairId: Id, outcome: Label, reason: BoundedText.optional() }),
  },
  StartRepair: {
    ...service,
    refusals: [notFound, closed],
    data: z.strictObject({ repairId: Id, token: Int }),
  },
  RecordStep: {
    ...service,
    refusals: [notFound, staleToken, invalid, closed],
    data: z.strictObject({
      repairId: Id,
      step: Int,
      actionKey: Id,
      token: Int,
      fault: Fault.optional(),
      output: Json.optional(),
    }),
  },
  TimeOutStep: { ...service, refusals: [notFound], data: z.strictObject({ repairId: Id, step: Int }) },
  ConfirmRepair: { ...service, refusals: [notFound, notVerifying], data: z.strictObject({ repairId: Id }) },
  FinishVerification: { ...service, refusals: [notFound], data: z.strictObject({ repairId: Id }) },
  AbortRepair: {
    permission: ['ops:operate'],
    services: ['healer'],
    refusals: [notFound],
    data: z.strictObject({ repairId: Id, why: z.enum(['person', 'stopped', 'cleared']) }),
  },
});
export type RepairCommand = CommandOf<typeof repairCommands>;
