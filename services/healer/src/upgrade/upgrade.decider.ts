import type { UpgradeCommand, UpgradeEvent } from '@agencyos/contracts';
import type { Decider } from '@agencyos/decider';

/** The level up to which contracts are written; 0 = it was never raised. */
export const upgradeDecider: Decider<UpgradeCommand, number, UpgradeEvent> = {
  initialState: 0,
  decide: ({ data }, level) => (data.level > level ? [{ type: 'ContractLevelRaised', data }] : []),
  evolve: (level, { data }) => Math.max(level, data.level),
};
