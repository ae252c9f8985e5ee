import { z } from 'zod';
import { defineEvents, type EventOf } from '../core/define.js';
import { Id, Int, Slug, Text, Time } from '../core/scalars.js';
import { Json } from '../core/types.js';
import { Severity } from './types.js';

export const MonitorKind = z.enum(['availability', 'latency', 'errors', 'freshness', 'saturation', 'custom']);

/** Stream `monitor-<monitorId>`: breach and clear alternate. Samples are never events. */
export const monitorEvents = defineEvents(
  'healer',
  'monitor',
  {
    MonitorPublished: z.object({
      monitorId: Slug,
      name: Text,
      targetId: Slug,
      kind: MonitorKind,
      probe: Json,
      objective: Json,
      forMs: Int,
      clearForMs: Int,
      noDataMs: Int,
      severity: Severity,
      dependsOn: z.array(Slug),
      version: Int,
    }),
    MonitorBreached: z.object({
      monitorId: Slug,
      breachId: Id,
      targetId: Slug,
      severity: Severity,
      value: z.number(),
      threshold: z.number(),
      window: z.string(),
      /** Since when it has been bad; earlier than the event. */
      sinceAt: Time,
      instances: z.array(z.string()),
      /** So many instances there are, when only some of them are in breach. */
      among: Int.optional(),
    }),
    MonitorCleared: z.object({
      monitorId: Slug,
      breachId: Id,
      targetId: Slug,
      severity: Severity,
      value: z.number(),
      lastedMs: Int,
    }),
    /** No data is neither good nor bad: vision is impaired. */
    MonitorDataLost: z.object({ monitorId: Slug, sinceAt: Time }),
    MonitorDataReturned: z.object({ monitorId: Slug, lostMs: Int }),
  },
  { versions: { MonitorBreached: 2 } },
);
export type MonitorEvent = EventOf<typeof monitorEvents>;
export type MonitorKind = z.infer<typeof MonitorKind>;
