import { z } from 'zod';
import { defineCommands, type CommandOf } from '../core/define.js';
import { Slug } from '../core/scalars.js';
import { HealingState } from './healing-events.js';
import { BoundedText, list } from './limits.js';

export const healingCommands = defineCommands('healer', 'healing', '', {
  SetHealingMode: {
    permission: ['ops:operate'],
    services: ['healer'],
    refusals: [],
    data: z.strictObject({
      mode: HealingState,
      targetIds: list(Slug),
      why: z.enum(['person', 'storm', 'impaired', 'seeded']),
      note: BoundedText.optional(),
    }),
  },
});
export type HealingCommand = CommandOf<typeof healingCommands>;
