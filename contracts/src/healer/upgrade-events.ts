import { z } from 'zod';
import { defineEvents, type EventOf } from '../core/define.js';
import { Int } from '../core/scalars.js';

/** Stream `upgrade-main`: up to which level contracts are written and offered here. */
export const upgradeEvents = defineEvents('healer', 'upgrade', {
  ContractLevelRaised: z.object({
    level: Int,
    /** `founded`: nothing had been recorded before it. `read_by_all`: by itself. `finished`: somebody asked for it. */
    why: z.enum(['founded', 'read_by_all', 'finished']),
  }),
});
export type UpgradeEvent = EventOf<typeof upgradeEvents>;
