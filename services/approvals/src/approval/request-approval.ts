import type { ApprovalEvent, ApprovalOrigin, Exclusion, PolicyRules, Principal } from '@agencyos/contracts';
import { type CommandMetadata, rejection } from '@agencyos/decider';
import type { Approval, Of } from './approval.js';

/** What the host looked up for a request: the policy to judge by, who is behind an agent that asks, and behind a run. */
export interface PreparedRequest {
  policyId: string;
  version: number;
  rules: PolicyRules;
  owner?: Principal | undefined;
  exclusions?: Exclusion[];
}

export function requestApproval(command: Of<'RequestApproval'>, approval: Approval): ApprovalEvent[] {
  const { data, metadata } = command;
  if (approval.requested) throw rejection(command, 'already_exists', { detail: 'This approval was asked for before.' });
  requireOrigin(command);
  const { policyId, version, rules, owner, exclusions = [] } = command.prepared as PreparedRequest;
  const { approvalId, action, actionDigest, origin, brief, replacesId } = data;
  const { requester, excluded } = partiesOf(command, owner, exclusions);
  const expiresInMs = Math.min(data.expiresInMs ?? rules.expiresInMs, rules.expiresInMs);
  return [
    {
      type: 'ApprovalRequested',
      data: {
        approvalId,
        action,
        actionDigest,
        requester,
        excluded,
        ...(exclusions.length > 0 && { exclusions }),
        origin,
        policyId,
        policyVersion: version,
        risk: rules.risk,
        stages: rules.stages,
        stepUp: rules.stepUp,
        brief,
        expiresAt: later(metadata.now, expiresInMs),
        validForMs: rules.validForMs,
        escalation: rules.escalation,
        ...(replacesId !== undefined && { replacesId }),
      },
    },
  ];
}

/**
 * Services say for whom they ask; anyone else asks for itself. The requester may never vote, nor the owner of an agent
 * that asks, nor whom the policy excludes.
 */
export function partiesOf(command: Of<'RequestApproval'>, owner: Principal | undefined, exclusions: readonly Exclusion[]) {
  const { metadata } = command;
  const { requester = metadata.actor, excluded = [] } = command.data;
  if (!isService(metadata) && (requester !== metadata.actor || excluded.length > 0)) {
    const field = requester === metadata.actor ? 'excluded' : 'requester';
    throw rejection(command, 'forbidden', { field, detail: 'Only services state who asks and who may not vote.' });
  }
  const behind = exclusions.map(({ principal }) => principal);
  return { requester, excluded: [...new Set([...excluded, ...(owner === undefined ? [] : [owner]), ...behind])] };
}

/** What a service does with the outcome is that service's to ask for: nobody else speaks for a run or a repair. */
const ORIGIN_OF: Partial<Record<ApprovalOrigin['kind'], Principal>> = {
  run: 'service:swarm',
  repair: 'service:healer',
  incident: 'service:healer',
  drill: 'service:healer',
  break_glass: 'service:approvals',
};

function requireOrigin(command: Of<'RequestApproval'>): void {
  const { kind } = command.data.origin;
  const owner = ORIGIN_OF[kind];
  if (owner === undefined || owner === command.metadata.actor) return;
  throw rejection(command, 'forbidden', {
    field: 'origin.kind',
    detail: `Only ${owner} asks on behalf of a ${kind}. Say \`card\` or \`external\`.`,
  });
}

export const isService = ({ actor }: Pick<CommandMetadata, 'actor'>): boolean => actor.startsWith('service:');

export const later = (time: string, ms: number): string => new Date(Date.parse(time) + ms).toISOString();
