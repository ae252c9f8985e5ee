import { z } from 'zod';
import { defineCommands, type CommandOf } from '../core/define.js';
import { notFound } from '../core/refusals.js';
import { Int, Slug, Time } from '../core/scalars.js';
import { Json } from '../core/types.js';
import { BoundedMs, BoundedText, Label, list } from './limits.js';
import { MonitorKind } from './monitor-events.js';
import { objectiveInvalid } from './refusals.js';
import { Severity } from './types.js';

export const monitorCommands = defineCommands('healer', 'monitor', 'monitorId', {
  PublishMonitor: {
    permission: ['ops:admin'],
    services: ['healer'],
    refusals: [objectiveInvalid],
    data: z.strictObject({
      monitorId: Slug,
      name: BoundedText,
      targetId: Slug,
      kind: MonitorKind,
      probe: Json,
      objective: Json,
      forMs: BoundedMs,
      clearForMs: BoundedMs,
      noDataMs: BoundedMs,
      severity: Severity,
      dependsOn: list(Slug),
    }),
  },
  ReportTransition: {
    permission: [],
    services: ['healer'],
    refusals: [notFound],
    data: z.strictObject({
      monitorId: Slug,
      state: z.enum(['breached', 'clear', 'no_data', 'data']),
      value: z.number().min(0).optional(),
      threshold: z.number().min(0).optional(),
      window: Label.optional(),
      sinceAt: Time,
      instances: list(Label),
      among: Int.max(10_000).optional(),
    }),
  },
});
export type MonitorCommand = CommandOf<typeof monitorCommands>;
