import { z } from 'zod';
import { defineCommands, type CommandOf } from '../core/define.js';
import { notReadByAll } from './refusals.js';

export const upgradeCommands = defineCommands('healer', 'upgrade', '', {
  RaiseContractLevel: {
    permission: [],
    services: ['healer'],
    refusals: [notReadByAll],
    data: z.strictObject({ level: z.int().min(1).max(1_000_000), why: z.enum(['read_by_all', 'finished']) }),
  },
});
export type UpgradeCommand = CommandOf<typeof upgradeCommands>;
