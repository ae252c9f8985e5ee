import {
  approvalEvents,
  fitText,
  runEvents,
  type CommandData,
  type FactOf,
  type Problem,
  type ProblemOf,
  type PublishedCommand,
} from '@agencyos/contracts';
import { defineReactions, reactingTo, type Memory, type Reaction } from '@agencyos/runtime';

type RunFact = FactOf<typeof runEvents>;
type ApprovalFact = FactOf<typeof approvalEvents>;

/** Asks for approvals when gates are reached, and takes back what nobody needs any more. */
export const gateAsk = defineReactions('gate-ask', 'log', [reactingTo([runEvents], ask)]);

async function ask({ type, data }: RunFact, memory: Memory): Promise<Reaction[]> {
  const { runId } = data;
  switch (type) {
    case 'GateReached': {
      const { taskId, approvalId, action, actionDigest, policyId, expiresInMs, brief } = data;
      memory.set(keyOf(runId, taskId), approvalId);
      const request: PublishedCommand = {
        type: 'RequestApproval',
        data: {
          ...{ approvalId, action, actionDigest, brief, requester: 'service:swarm', excluded: [] },
          origin: { kind: 'run', id: runId, taskId },
          ...(policyId !== undefined && { policyId }),
          ...(expiresInMs !== undefined && { expiresInMs }),
        },
      };
      // Fails closed: what cannot be asked cannot be approved.
      const ifRefused = (problem: Problem) => [
        refuse({ runId, taskId, approvalId, outcome: 'unavailable', reason: because(problem) }),
      ];
      return [{ name: 'gate-ask', command: request, ifRefused }];
    }
    case 'GateOpened':
      memory.delete(keyOf(runId, data.taskId));
      return [];
    case 'GateRefused': {
      memory.delete(keyOf(runId, data.taskId));
      const { outcome, approvalId } = data;
      // Every other outcome is what the approval itself has come to.
      const ourDoing = outcome === 'digest_changed' || outcome === 'unavailable';
      return ourDoing ? [withdraw(approvalId, `the gate was refused: ${outcome}`)] : [];
    }
    case 'TaskCancelled':
    case 'TaskSkipped': {
      const approvalId = await memory.get<string>(keyOf(runId, data.taskId));
      if (approvalId === undefined) return [];
      memory.delete(keyOf(runId, data.taskId));
      return [withdraw(approvalId, 'the run goes on without it')];
    }
    default:
      return [];
  }
}

type Outcome = CommandData<'RefuseGate'>['outcome'];

const OUTCOMES: Partial<Record<ApprovalFact['type'], Outcome>> = {
  ApprovalRejected: 'rejected',
  ApprovalExpired: 'expired',
  ApprovalWithdrawn: 'withdrawn',
  ApprovalRevoked: 'revoked',
};

/** Uses a granted approval, once, and opens or refuses the gate by what becomes of it. */
export const gateAnswer = defineReactions('gate-answer', 'events', [reactingTo([approvalEvents], answer)]);

function answer(fact: ApprovalFact): Reaction[] {
  const { approvalId } = fact.data;
  const origin = originOf(fact);
  if (origin?.kind !== 'run' || origin.taskId === undefined) return [];
  const gate = { runId: origin.id, taskId: origin.taskId, approvalId };
  if (fact.type === 'ApprovalGranted') {
    const { actionDigest } = fact.data;
    const use = { approvalId, actionDigest, redeemer: 'service:swarm', usedBy: origin };
    const ifRefused = (problem: ProblemOf<'RedeemApproval'>) => notRedeemed(gate, problem);
    return [{ name: 'gate-redeem', command: { type: 'RedeemApproval', data: use }, ifRefused }];
  }
  if (fact.type === 'ApprovalRedeemed') {
    const { actionDigest, validUntilAt } = fact.data;
    return [{ name: 'gate-open', command: { type: 'OpenGate', data: { ...gate, actionDigest, validUntilAt } } }];
  }
  const outcome = OUTCOMES[fact.type];
  if (!outcome) return [];
  const decided = outcome === 'rejected' || outcome === 'revoked';
  const by = decided ? { by: fact.metadata.onBehalfOf ?? fact.metadata.actor } : {};
  const reason = 'reason' in fact.data && fact.data.reason !== undefined ? { reason: fitText(fact.data.reason) } : {};
  return [{ name: 'gate-open', command: refuse({ ...gate, outcome, ...by, ...reason }) }];
}

/** What asked for the approval, or what it was used for. */
function originOf({ type, data }: ApprovalFact) {
  if (type === 'ApprovalRedeemed') return data.usedBy;
  return 'origin' in data ? data.origin : undefined;
}

function notRedeemed(
  gate: { runId: string; taskId: string; approvalId: string },
  problem: ProblemOf<'RedeemApproval'>,
): PublishedCommand[] {
  // Its redemption, or its end, is a fact of its own that answers the gate.
  if (problem.code === 'already_redeemed') return [];
  const outcome = problem.code === 'expired' ? 'expired' : 'unavailable';
  return [refuse({ ...gate, outcome, reason: because(problem) })];
}

const keyOf = (runId: string, taskId: string) => `gate/${runId}/${taskId}`;
const because = ({ code, detail, title }: Problem) => fitText(`${code}: ${detail ?? title}`);
const refuse = (data: CommandData<'RefuseGate'>): PublishedCommand => ({ type: 'RefuseGate', data });
const withdraw = (approvalId: string, reason: string): Reaction => ({
  name: 'gate-withdraw',
  command: { type: 'WithdrawApproval', data: { approvalId, reason } },
});
