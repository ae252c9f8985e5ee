import { z } from 'zod';
import { defineCommands, type CommandOf } from '../core/define.js';
import { Id, Slug } from '../core/scalars.js';
import { uncertified } from './refusals.js';
import { AutonomyLevel } from './types.js';

export const autonomyCommands = defineCommands('healer', 'autonomy', 'runbookId', {
  SetAutonomy: {
    permission: ['ops:admin'],
    services: ['healer'],
    refusals: [uncertified],
    data: z.strictObject({ runbookId: Slug, targetId: Slug, autonomy: AutonomyLevel, pinned: z.boolean() }),
  },
  RecordOutcome: {
    permission: [],
    services: ['healer'],
    refusals: [],
    data: z.strictObject({
      runbookId: Slug,
      targetId: Slug,
      repairId: Id,
      outcome: z.enum(['verified', 'failed', 'recurred']),
    }),
  },
});
export type AutonomyCommand = CommandOf<typeof autonomyCommands>;

/** Id of the autonomy's stream within its category. */
export const autonomyId = ({ runbookId, targetId }: { runbookId: string; targetId: string }): string =>
  `${runbookId}~${targetId}`;
