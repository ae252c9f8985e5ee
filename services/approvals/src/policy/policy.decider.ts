import type { PolicyCommand, PolicyEvent, PolicyRules } from '@agencyos/contracts';
import { type Decider, type Refusable, rejection } from '@agencyos/decider';

export interface Policy {
  /** Digests of the published versions; version n stands at n - 1. */
  digests: readonly string[];
  active: number;
}

/** Versions are immutable; one is active at a time. `prepared`: the digest that the rules really have. */
export const policyDecider: Decider<PolicyCommand, Policy, PolicyEvent> = {
  initialState: { digests: [], active: 0 },
  decide(command, policy) {
    switch (command.type) {
      case 'PublishPolicy': {
        const { data, prepared } = command;
        if (data.digest !== prepared) {
          throw rejection(command, 'invalid', {
            field: 'digest',
            present: prepared,
            detail: 'The digest is not the one of the rules.',
          });
        }
        requirePeople(command, data.rules);
        if (policy.digests.at(-1) === data.digest) return [];
        return [{ type: 'PolicyPublished', data: { ...data, version: policy.digests.length + 1 } }];
      }
      case 'ActivatePolicy': {
        const { data } = command;
        if (data.version > policy.digests.length) {
          const detail = `The policy has ${policy.digests.length} versions.`;
          throw rejection(command, 'not_found', { field: 'version', detail });
        }
        return policy.active === data.version ? [] : [{ type: 'PolicyActivated', data }];
      }
    }
  },
  evolve(policy, { type, data }) {
    switch (type) {
      case 'PolicyPublished':
        return { ...policy, digests: [...policy.digests, data.digest] };
      case 'PolicyActivated':
        return { ...policy, active: data.version };
    }
  },
};

/** Only people approve; a stage that names none can never pass. */
function requirePeople(command: Refusable<'no_eligible_approver'>, { stages }: PolicyRules): void {
  for (const [index, { of }] of stages.entries()) {
    if (of.some((principal) => principal.startsWith('user:') || principal.startsWith('role:'))) continue;
    const detail = 'No person can pass this stage: name roles or users.';
    throw rejection(command, 'no_eligible_approver', { field: `rules.stages.${index}.of`, detail });
  }
}
