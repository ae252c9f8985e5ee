import {
  type Fact,
  type PolicyEvent,
  type PolicyRow,
  type PolicyRules,
  policyView,
} from '@agencyos/contracts';
import type { Projection, Rows } from '@agencyos/runtime';

/** Latest and active version of every policy. Rules of all versions are kept under the policy's own id to look back. */
export const policyProjection: Projection = {
  name: 'policy',
  version: 1,
  views: [policyView],
  categories: ['policy'],
  async project(fact: Fact, rows: Rows) {
    const { type, data } = fact as Fact & PolicyEvent;
    const { policyId, version } = data;
    const key = `policy/${policyId}`;
    const policy = await rows.get<PolicyRow>('policy', 'all', key);
    if (type === 'PolicyPublished') {
      rows.put('policy', policyId, `version/${version}`, data.rules);
      const active = policy?.active ?? 0;
      const activeRules = policy && active === policy.version ? policy.rules : policy?.activeRules;
      const row: PolicyRow = {
        policyId,
        version,
        active,
        rules: data.rules,
        ...(activeRules && { activeRules }),
      };
      rows.put('policy', 'all', key, row);
      return;
    }
    if (!policy) return;
    const { activeRules: _, ...rest } = policy;
    const rules = await rows.get<PolicyRules>('policy', policyId, `version/${version}`);
    const differs = version !== policy.version && rules !== undefined;
    rows.put('policy', 'all', key, { ...rest, active: version, ...(differs && { activeRules: rules }) });
  },
};
