import { z } from 'zod';
import { defineEvents, type EventOf } from '../core/define.js';
import { Id, Slug } from '../core/scalars.js';
import { AutonomyLevel } from './types.js';

/** Stream `autonomy-<runbookId>~<targetId>`: how far the healer may go with one runbook on one target. */
export const autonomyEvents = defineEvents('healer', 'autonomy', {
  AutonomySet: z.object({
    runbookId: Slug,
    targetId: Slug,
    autonomy: AutonomyLevel,
    was: AutonomyLevel.optional(),
    why: z.enum(['seeded', 'earned', 'demoted', 'person', 'certificate_lost']),
    /** Only people raise a pinned level; everything still lowers it. */
    pinned: z.boolean(),
  }),
  OutcomeRecorded: z.object({
    runbookId: Slug,
    targetId: Slug,
    repairId: Id,
    outcome: z.enum(['verified', 'failed', 'recurred']),
  }),
});
export type AutonomyEvent = EventOf<typeof autonomyEvents>;
