import type { HealingCommand, HealingEvent, HealingState } from '@agencyos/contracts';
import type { Decider } from '@agencyos/decider';

/** The red switch: one setting for all, and exceptions made after it. */
export interface Healing {
  mode: HealingState;
  set: boolean;
  exceptions: ReadonlyMap<string, HealingState>;
}

/** What the healer may do to one target. */
export const modeFor = ({ mode, exceptions }: Healing, targetId: string): HealingState => exceptions.get(targetId) ?? mode;

export const healingDecider: Decider<HealingCommand, Healing, HealingEvent> = {
  initialState: { mode: 'live', set: false, exceptions: new Map() },

  decide({ data, metadata: { actor } }, healing) {
    const { mode, targetIds, note } = data;
    if (data.why === 'seeded' && healing.set) return [];
    const already =
      targetIds.length === 0
        ? healing.set && healing.mode === mode && healing.exceptions.size === 0
        : targetIds.every((targetId) => modeFor(healing, targetId) === mode);
    if (already) return [];
    const why = actor.startsWith('user:') ? 'person' : data.why;
    return [{ type: 'HealingModeSet', data: { mode, targetIds, why, ...(note !== undefined && { note }) } }];
  },

  evolve(healing, { data: { mode, targetIds } }) {
    if (targetIds.length === 0) return { mode, set: true, exceptions: new Map() };
    const exceptions = new Map(healing.exceptions);
    for (const targetId of targetIds) exceptions.set(targetId, mode);
    return { ...healing, exceptions };
  },
};
