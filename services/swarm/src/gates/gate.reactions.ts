import { fitText, type Fact, type Problem, type RunEvent } from '@agencyos/contracts';
import type { Memory, PlainCommand, Reaction, Reactions } from '@agencyos/runtime';

type RunFact = Fact & RunEvent;

/** Asks for approvals when gates are reached, and takes back what nobody needs any more. */
export const gateAsk: Reactions = {
  name: 'gate-ask',
  source: 'log',
  categories: ['run'],
  react: (fact, memory) => ask(fact as RunFact, memory),
};

async function ask({ type, data }: RunFact, memory: Memory): Promise<Reaction[]> {
  const { runId } = data;
  switch (type) {
    case 'GateReached': {
      const { taskId, approvalId, action, actionDigest, policyId, expiresInMs, brief } = data;
      memory.set(keyOf(runId, taskId), approvalId);
      const request: PlainCommand = {
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

interface ApprovalFact {
  type: string;
  data: {
    approvalId: string;
    actionDigest: string;
    validUntilAt: string;
    origin?: { kind: string; id: string; taskId?: string };
    usedBy?: { kind: string; id: string; taskId?: string };
    reason?: string;
  };
  metadata: Pick<Fact['metadata'], 'actor' | 'onBehalfOf'>;
}

const OUTCOMES: Record<string, string> = {
  ApprovalRejected: 'rejected',
  ApprovalExpired: 'expired',
  ApprovalWithdrawn: 'withdrawn',
  ApprovalSuperseded: 'superseded',
  ApprovalRevoked: 'revoked',
};

/** Uses a granted approval, once, and opens or refuses the gate by what becomes of it. */
export const gateAnswer: Reactions = {
  name: 'gate-answer',
  source: 'events',
  categories: ['approval'],
  react: (fact) => answer(fact as unknown as ApprovalFact),
};

function answer({ type, data, metadata }: ApprovalFact): Reaction[] {
  const origin = type === 'ApprovalRedeemed' ? data.usedBy : data.origin;
  if (origin?.kind !== 'run' || origin.taskId === undefined) return [];
  const { approvalId, actionDigest, validUntilAt } = data;
  const gate = { runId: origin.id, taskId: origin.taskId, approvalId };
  if (type === 'ApprovalGranted') {
    const command = {
      type: 'RedeemApproval',
      data: { approvalId, actionDigest, redeemer: 'service:swarm', usedBy: origin },
    };
    return [{ name: 'gate-redeem', command, ifRefused: (problem) => notRedeemed(gate, problem) }];
  }
  if (type === 'ApprovalRedeemed') {
    return [
      { name: 'gate-open', command: { type: 'OpenGate', data: { ...gate, actionDigest, validUntilAt } } },
    ];
  }
  const outcome = OUTCOMES[type];
  if (!outcome) return [];
  const decided = outcome === 'rejected' || outcome === 'revoked';
  const by = decided ? { by: metadata.onBehalfOf ?? metadata.actor } : {};
  const reason = data.reason === undefined ? {} : { reason: fitText(data.reason) };
  return [{ name: 'gate-open', command: refuse({ ...gate, outcome, ...by, ...reason }) }];
}

function notRedeemed(
  gate: { runId: string; taskId: string; approvalId: string },
  problem: Problem,
): PlainCommand[] {
  // Its redemption, or its end, is a fact of its own that answers the gate.
  if (problem.code === 'already_redeemed') return [];
  const outcome = problem.code === 'expired' ? 'expired' : 'unavailable';
  return [refuse({ ...gate, outcome, reason: because(problem) })];
}

const keyOf = (runId: string, taskId: string) => `gate/${runId}/${taskId}`;
const because = ({ code, detail, title }: Problem) => fitText(`${code}: ${detail ?? title}`);
const refuse = (data: object): PlainCommand => ({ type: 'RefuseGate', data });
const withdraw = (approvalId: string, reason: string): Reaction => ({
  name: 'gate-withdraw',
  command: { type: 'WithdrawApproval', data: { approvalId, reason } },
});
