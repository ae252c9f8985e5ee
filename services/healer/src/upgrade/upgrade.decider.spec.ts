import { deciderSpec } from '@agencyos/testing/decider';
import { describe, it } from '@jest/globals';
import { upgradeDecider } from './upgrade.decider.js';

const given = deciderSpec(upgradeDecider);
const raised = (level: number) => ({ type: 'ContractLevelRaised' as const, data: { level, why: 'read_by_all' as const } });
const raise = (level: number) => ({ type: 'RaiseContractLevel' as const, data: { level, why: 'finished' as const } });

describe('the level up to which contracts are written', () => {
  it('rises', () =>
    given(raised(2))
      .when(raise(4))
      .then({ type: 'ContractLevelRaised', data: { level: 4, why: 'finished' } }));
  it('is raised to the same level once', () => given(raised(2)).when(raise(2)).then());
  it('never falls, whatever a process of before thinks', () => given(raised(3)).when(raise(2)).then());
});
