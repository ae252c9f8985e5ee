import { type Fact, policyView, type PolicyRules } from '@agencyos/contracts';
import { MemoryRows } from '@agencyos/runtime/testing';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { rules } from '../approval/testing/approval-scenario.js';
import { policyProjection } from './policy.view.js';

const policyId = 'release';
const ofRisk = (risk: PolicyRules['risk']): PolicyRules => ({ ...rules, risk });
const [first, second, third] = [ofRisk('low'), ofRisk('medium'), ofRisk('high')];
let rows: MemoryRows;

beforeEach(() => void (rows = new MemoryRows()));

const told = (type: string, data: object) => policyProjection.project({ type, data } as unknown as Fact, rows);
const published = (version: number, of: PolicyRules) => told('PolicyPublished', { policyId, version, rules: of });
const activated = (version: number) => told('PolicyActivated', { policyId, version });
const row = () => rows.of(policyView, 'all').get(`policy/${policyId}`);

describe('a policy in its view', () => {
  it('is not in force before it is activated', async () => {
    await published(1, first);
    expect(await row()).toEqual({ policyId, version: 1, active: 0, rules: first });
    await activated(1);
    expect(await row()).toEqual({ policyId, version: 1, active: 1, rules: first });
  });

  it('shows the rules in force beside later ones, until these are activated', async () => {
    await published(1, first);
    await activated(1);
    await published(2, second);
    expect(await row()).toEqual({ policyId, version: 2, active: 1, rules: second, activeRules: first });
    await published(3, third);
    expect(await row()).toEqual({ policyId, version: 3, active: 1, rules: third, activeRules: first });
    await activated(2);
    expect(await row()).toEqual({ policyId, version: 3, active: 2, rules: third, activeRules: second });
    await activated(3);
    expect(await row()).toEqual({ policyId, version: 3, active: 3, rules: third });
  });

  it('keeps the rules of every version to look back', async () => {
    await published(1, first);
    await published(2, second);
    expect(await rows.of(policyView, policyId).list('version')).toEqual([
      ['version/1', first],
      ['version/2', second],
    ]);
  });

  it('is none where nothing was published', async () => {
    await activated(1);
    expect(await row()).toBeUndefined();
  });
});
