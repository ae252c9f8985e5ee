import { ids, type PolicyRules } from '@agencyos/contracts';
import { type Commands, digestOf, type EventStore, type RuntimeConfig } from '@agencyos/runtime';

const MINUTE_MS = 60_000;

/**
 * The policy of a fresh installation: one approver. Whoever started the run may be that one, for on one machine there
 * is nobody else; the requester of a run's gate is swarm.
 */
export const RELEASE_POLICY: { policyId: string; rules: PolicyRules } = {
  policyId: 'release',
  rules: {
    kinds: ['publish', 'deploy', 'migration'],
    targets: ['*'],
    risk: 'high',
    stages: [{ of: ['role:approver', 'role:admin'], need: 1 }],
    alsoExclude: [],
    stepUp: 'none',
    expiresInMs: 60 * MINUTE_MS,
    validForMs: 15 * MINUTE_MS,
    escalation: [],
    fallback: [],
    breakGlass: [],
  },
};

/** Publishes and activates it once; afterwards the policy is the administrators'. */
export async function seedPolicies(runtime: { commands: Commands; store: EventStore; config: RuntimeConfig }): Promise<void> {
  const { policyId, rules } = RELEASE_POLICY;
  const { installationId } = runtime.config;
  const recorded = new Set<string>();
  for await (const { type } of runtime.store.read(`policy-${policyId}`)) recorded.add(type);
  if (!recorded.has('PolicyPublished')) {
    const id = ids.seed(installationId, `policy/${policyId}/publish`);
    await runtime.commands.execute('PublishPolicy', { policyId, rules, digest: digestOf(rules) }, { id });
  }
  if (!recorded.has('PolicyActivated')) {
    const id = ids.seed(installationId, `policy/${policyId}/activate`);
    await runtime.commands.execute('ActivatePolicy', { policyId, version: 1 }, { id });
  }
}
