import { type ApprovalCommand, type ApprovalEvent, deriveId, type PolicyRules, text } from '@agencyos/contracts';
import type { CommandMetadata } from '@agencyos/decider';
import { NOW } from '@agencyos/testing/decider';
import type { PreparedRequest } from '../request-approval.js';

type Data<T extends ApprovalCommand['type']> = Extract<ApprovalCommand, { type: T }>['data'];

export const id = (name: string): string => deriveId('0190b1c2-0000-7000-8000-000000000002', name);
export const at = (ms: number): string => new Date(Date.parse(NOW) + ms).toISOString();

export const approvalId = id('approval');
export const digest = `sha256:${'a'.repeat(64)}`;
export const otherDigest = `sha256:${'b'.repeat(64)}`;
export const origin = { kind: 'run', id: id('run'), taskId: 'approve' } as const;
export const EXPIRES_MS = 60_000;
export const VALID_MS = 10_000;

export const rules: PolicyRules = {
  kinds: ['publish'],
  targets: ['*'],
  risk: 'high',
  stages: [{ of: ['role:approver'], need: 1 }],
  alsoExclude: [],
  stepUp: 'none',
  expiresInMs: EXPIRES_MS,
  validForMs: VALID_MS,
  escalation: [],
  fallback: [],
  breakGlass: [],
};
export const prepared: PreparedRequest = { policyId: 'release', version: 3, rules };

type By = Partial<CommandMetadata>;
export const swarm: By = { actor: 'service:swarm', sender: 'swarm', roles: [] };
export const host: By = { actor: 'service:approvals', sender: 'approvals', roles: [] };
export const approver = (name = 'approver', ms = 0): By => ({
  actor: `user:${id(name)}`,
  roles: ['approver'],
  now: at(ms),
});

export const request = (more: Partial<Data<'RequestApproval'>> = {}): ApprovalCommand => ({
  type: 'RequestApproval',
  data: {
    approvalId,
    action: { kind: 'publish', target: 'git:notes', parameters: { value: {} }, artifacts: [] },
    actionDigest: digest,
    origin,
    brief: { value: 'Publish the notes' },
    ...more,
  },
});

type RequestedData = Extract<ApprovalEvent, { type: 'ApprovalRequested' }>['data'];
export const requested = (more: Partial<RequestedData> = {}): ApprovalEvent => ({
  type: 'ApprovalRequested',
  data: {
    approvalId,
    action: { kind: 'publish', target: 'git:notes', parameters: { value: {} }, artifacts: [] },
    actionDigest: digest,
    requester: 'service:swarm',
    excluded: [],
    origin,
    policyId: 'release',
    policyVersion: 3,
    risk: 'high',
    stages: rules.stages,
    stepUp: 'none',
    brief: { value: 'Publish the notes' },
    expiresAt: at(EXPIRES_MS),
    validForMs: VALID_MS,
    escalation: [],
    ...more,
  },
});

export const vote = (choice: 'approve' | 'reject', more: Partial<Data<'VoteOnApproval'>> = {}): ApprovalCommand => ({
  type: 'VoteOnApproval',
  data: { approvalId, vote: choice, actionDigest: digest, stepUp: 'none', ...more },
});

export const cast = (choice: 'approve' | 'reject', name = 'approver', more: object = {}): ApprovalEvent => ({
  type: 'ApprovalVoteCast',
  data: {
    approvalId,
    voter: `user:${id(name)}`,
    vote: choice,
    stage: 1,
    actionDigest: digest,
    stepUp: 'none',
    ...more,
  },
});

export const granted = (ms = VALID_MS): ApprovalEvent => ({
  type: 'ApprovalGranted',
  data: { approvalId, grantedBy: 'votes', actionDigest: digest, origin, validUntilAt: at(ms) },
});

export const redeem = (more: Partial<Data<'RedeemApproval'>> = {}): ApprovalCommand => ({
  type: 'RedeemApproval',
  data: { approvalId, actionDigest: digest, redeemer: 'service:swarm', usedBy: origin, ...more },
});

export const redeemed: ApprovalEvent = {
  type: 'ApprovalRedeemed',
  data: {
    approvalId,
    actionDigest: digest,
    redeemer: 'service:swarm',
    usedBy: origin,
    validUntilAt: at(VALID_MS),
  },
};

export const expire: ApprovalCommand = { type: 'ExpireApproval', data: { approvalId } };
export const expired = (unused: boolean): ApprovalEvent => ({
  type: 'ApprovalExpired',
  data: { approvalId, origin, unused },
});
export const withdraw: ApprovalCommand = {
  type: 'WithdrawApproval',
  data: { approvalId, reason: text('not needed') },
};
export const revoke: ApprovalCommand = {
  type: 'RevokeApproval',
  data: { approvalId, reason: text('a fault was found') },
};
