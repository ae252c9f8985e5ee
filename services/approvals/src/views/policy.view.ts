import { policyEvents, type PolicyRow, policyView } from '@agencyos/contracts';
import { changesBy, defineProjection } from '@agencyos/runtime';

/** Latest and active version of every policy. Rules of all versions are kept under the policy's own id to look back. */
export const policyProjection = defineProjection([policyView], {
  name: 'policy',
  version: 1,
  changes: [
    changesBy([policyEvents], {
      async PolicyPublished({ data: { policyId, version, rules } }, rows) {
        const policies = rows.of(policyView, 'all');
        const policy = await policies.get(`policy/${policyId}`);
        rows.of(policyView, policyId).put(`version/${version}`, rules);
        const active = policy?.active ?? 0;
        const activeRules = policy && active === policy.version ? policy.rules : policy?.activeRules;
        const row: PolicyRow = { policyId, version, active, rules, ...(activeRules && { activeRules }) };
        policies.put(`policy/${policyId}`, row);
      },
      async PolicyActivated({ data: { policyId, version } }, rows) {
        const policies = rows.of(policyView, 'all');
        const policy = await policies.get(`policy/${policyId}`);
        if (!policy) return;
        const { activeRules: _, ...rest } = policy;
        const rules = await rows.of(policyView, policyId).get(`version/${version}`);
        const differs = version !== policy.version && rules !== undefined;
        policies.put(`policy/${policyId}`, { ...rest, active: version, ...(differs && { activeRules: rules }) });
      },
    }),
  ],
});
