import { z } from 'zod';
import { defineEvents, type EventOf } from '../core/define.js';
import { Slug, Text } from '../core/scalars.js';

export const HealingState = z.enum(['live', 'dry_run', 'stopped']);

/** Stream `healing-main`: the red switch. */
export const healingEvents = defineEvents('healer', 'healing', {
  HealingModeSet: z.object({
    mode: HealingState,
    /** Empty = all targets. */
    targetIds: z.array(Slug),
    why: z.enum(['person', 'storm', 'impaired', 'seeded']),
    note: Text.optional(),
  }),
});
export type HealingEvent = EventOf<typeof healingEvents>;
export type HealingState = z.infer<typeof HealingState>;
