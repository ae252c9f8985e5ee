import type { ApprovalCommand, ApprovalEvent, ApprovalState } from '@agencyos/contracts';
import { type Command, type Refusable, rejection } from '@agencyos/decider';

/** One command of the approval's, as `decide` gets it. */
export type Of<T extends ApprovalCommand['type']> = Command<Extract<ApprovalCommand, { type: T }>>;

export type Requested = Extract<ApprovalEvent, { type: 'ApprovalRequested' }>['data'];
export type Vote = Extract<ApprovalEvent, { type: 'ApprovalVoteCast' }>['data'];

export interface Approval {
  state: 'none' | ApprovalState;
  requested?: Requested;
  votes: readonly Pick<Vote, 'voter' | 'vote' | 'stage'>[];
  validUntilAt?: string;
}

export const noApproval: Approval = { state: 'none', votes: [] };

export function evolveApproval(approval: Approval, { type, data }: ApprovalEvent): Approval {
  switch (type) {
    case 'ApprovalRequested':
      return { ...approval, state: 'open', requested: data };
    case 'ApprovalVoteCast':
      return {
        ...approval,
        votes: [...approval.votes, { voter: data.voter, vote: data.vote, stage: data.stage }],
      };
    case 'ApprovalGranted':
      return { ...approval, state: 'granted', validUntilAt: data.validUntilAt };
    case 'ApprovalRejected':
      return { ...approval, state: 'rejected' };
    case 'ApprovalRedeemed':
      return { ...approval, state: 'redeemed' };
    case 'ApprovalExpired':
      return { ...approval, state: 'expired' };
    case 'ApprovalWithdrawn':
      return { ...approval, state: 'withdrawn' };
    case 'ApprovalRevoked':
      return { ...approval, state: 'revoked' };
  }
}

/** The stage that collects votes now; stages count from 1. */
export const presentStage = 1;

export const approvalsIn = ({ votes }: Pick<Approval, 'votes'>, stage: number): number =>
  votes.filter((cast) => cast.vote === 'approve' && cast.stage === stage).length;

/** @throws Rejection `not_found` */
export function requireRequested(command: Refusable<'not_found'>, { requested }: Approval): Requested {
  if (!requested) throw rejection(command, 'not_found', { detail: 'There is no such approval.' });
  return requested;
}

/** One decision per approval: whoever comes later is told the outcome. */
export const alreadyDecided = (command: Refusable<'already_decided'>, { state }: Approval) =>
  rejection(command, 'already_decided', { outcome: state, detail: `It was decided before: ${state}.` });

export const digestMismatch = (command: Refusable<'digest_mismatch'>, present: string) =>
  rejection(command, 'digest_mismatch', {
    present,
    detail: 'The action is not the one that was read. Read it again.',
  });

/** Time decides, not the timer that records it. */
export const hasPassed = (time: string | undefined, now: string): boolean => time !== undefined && now >= time;

export const expired = (command: Refusable<'expired'>, since: string) =>
  rejection(command, 'expired', { since, detail: 'The time for it has passed.' });
