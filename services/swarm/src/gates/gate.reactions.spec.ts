import { beforeEach, describe, expect, it } from '@jest/globals';
import { approvalCommands, runCommands, type Fact, type Problem } from '@agencyos/contracts';
import type { Memory, Reaction } from '@agencyos/runtime';
import { gateAnswer, gateAsk } from './gate.reactions.js';

const RUN = '01900000-0000-7000-8000-00000000000f';
const APPROVAL = '01900000-0000-7000-8000-0000000000a1';
const DIGEST = `sha256:${'a'.repeat(64)}`;
const origin = { kind: 'run', id: RUN, taskId: 'approve' };
const gate = { runId: RUN, taskId: 'approve', approvalId: APPROVAL };
const problem = (code: string, detail?: string) => ({ type: '', title: 'Refused', status: 409, code, detail }) as Problem;

const commandOf = (reaction: Reaction | undefined) => {
  const { type, data } = reaction!.command;
  const definition = { ...approvalCommands.types, ...runCommands.types }[type as 'RefuseGate'];
  expect(definition.data.safeParse(data).error).toBeUndefined();
  return { type, data: data as Record<string, unknown> };
};

describe('what became of an approval', () => {
  const answer = async (type: string, data: object = {}, metadata: object = { actor: 'user:someone' }) =>
    gateAnswer.react({ type, data: { approvalId: APPROVAL, origin, ...data }, metadata } as unknown as Fact, {} as Memory);
  const refusal = async (...told: Parameters<typeof answer>) => commandOf((await answer(...told))[0]).data;

  it('reaches its gate with who rejected it and why (fault 33)', async () => {
    expect(await refusal('ApprovalRejected', { reason: 'The tag is wrong' })).toEqual({
      ...gate,
      ...{ outcome: 'rejected', by: 'user:someone', reason: 'The tag is wrong' },
    });
    expect(await refusal('ApprovalRevoked')).toEqual({ ...gate, outcome: 'revoked', by: 'user:someone' });
  });

  it('names for whom it was decided', async () =>
    expect(await refusal('ApprovalRejected', {}, { actor: 'service:x', onBehalfOf: 'user:two' })).toMatchObject({
      by: 'user:two',
    }));

  it('names nobody where nobody decided', async () => {
    for (const [type, outcome] of [
      ['ApprovalExpired', 'expired'],
      ['ApprovalWithdrawn', 'withdrawn'],
    ] as const)
      expect(await refusal(type, {}, { actor: 'service:approvals' })).toEqual({ ...gate, outcome });
  });

  it('is used once where it was granted, and opens the gate once it was used', async () => {
    const [use] = await answer('ApprovalGranted', { actionDigest: DIGEST });
    expect(commandOf(use)).toEqual({
      type: 'RedeemApproval',
      data: { approvalId: APPROVAL, actionDigest: DIGEST, redeemer: 'service:swarm', usedBy: origin },
    });
    const used = { usedBy: origin, origin: undefined, actionDigest: DIGEST, validUntilAt: '2026-11-22T10:00:00.000Z' };
    expect(commandOf((await answer('ApprovalRedeemed', used))[0])).toEqual({
      type: 'OpenGate',
      data: { ...gate, actionDigest: DIGEST, validUntilAt: used.validUntilAt },
    });
  });

  it('refuses the gate where it cannot be used; used before, its redemption answers', async () => {
    const [use] = await answer('ApprovalGranted', { actionDigest: DIGEST });
    const instead = (why: Problem) => use!.ifRefused!(why as never);
    expect(instead(problem('already_redeemed'))).toEqual([]);
    const refused = (outcome: string, reason: string) => [{ type: 'RefuseGate', data: { ...gate, outcome, reason } }];
    expect(instead(problem('expired', 'Its time has passed.'))).toEqual(refused('expired', 'expired: Its time has passed.'));
    expect(instead(problem('digest_mismatch'))).toEqual(refused('unavailable', 'digest_mismatch: Refused'));
  });

  it('is nothing to swarm where another than a gate asked for it, or it is not decided yet', async () => {
    expect(await answer('ApprovalGranted', { origin: { kind: 'repair', id: RUN, taskId: 'x' } })).toEqual([]);
    expect(await answer('ApprovalGranted', { origin: { kind: 'run', id: RUN } })).toEqual([]);
    expect(await answer('ApprovalGranted', { origin: undefined })).toEqual([]);
    expect(await answer('ApprovalVoteCast')).toEqual([]);
    expect(await answer('ApprovalRequested')).toEqual([]);
  });
});

describe('a gate that is reached', () => {
  let kept: Map<string, unknown>;
  beforeEach(() => void (kept = new Map()));
  const memory = {
    get: async (key: string) => kept.get(key),
    set: (key: string, value: unknown) => void kept.set(key, value),
    delete: (key: string) => void kept.delete(key),
  } as unknown as Memory;
  const tell = async (type: string, data: object = {}) =>
    gateAsk.react({ type, data: { runId: RUN, taskId: 'approve', ...data } } as unknown as Fact, memory);
  const action = { kind: 'publish', target: 'git:notes', parameters: { value: {} }, artifacts: [] };
  const asked = { approvalId: APPROVAL, action, actionDigest: DIGEST, brief: { value: 'Publish it' } };
  const withdrawn = (reason: string) => [
    { name: 'gate-withdraw', command: { type: 'WithdrawApproval', data: { approvalId: APPROVAL, reason } } },
  ];

  it('asks for its approval in swarm’s name, for its run', async () => {
    const data = { ...asked, requester: 'service:swarm', excluded: [], origin };
    expect(commandOf((await tell('GateReached', asked))[0])).toEqual({ type: 'RequestApproval', data });
    const policy = { policyId: 'release', expiresInMs: 60_000 };
    expect(commandOf((await tell('GateReached', { ...asked, ...policy }))[0]).data).toEqual({ ...data, ...policy });
  });

  it('is refused where nobody can be asked', async () => {
    const [request] = await tell('GateReached', asked);
    expect(request!.ifRefused!(problem('no_policy', 'None covers it.'))).toEqual([
      { type: 'RefuseGate', data: { ...gate, outcome: 'unavailable', reason: 'no_policy: None covers it.' } },
    ]);
  });

  it.each(['TaskCancelled', 'TaskSkipped'])('takes its question back with %s, once', async (type) => {
    await tell('GateReached', asked);
    expect(await tell(type, { taskId: 'other' })).toEqual([]);
    expect(await tell(type)).toEqual(withdrawn('the run goes on without it'));
    expect(await tell(type)).toEqual([]);
  });

  it.each(['GateOpened', 'GateRefused'])('has nothing to take back after %s', async (type) => {
    await tell('GateReached', asked);
    expect(await tell(type, { approvalId: APPROVAL, outcome: 'rejected' })).toEqual([]);
    expect(await tell('TaskCancelled')).toEqual([]);
  });

  it.each(['digest_changed', 'unavailable'])('takes back what nobody else has ended: %s', async (outcome) =>
    expect(await tell('GateRefused', { approvalId: APPROVAL, outcome })).toEqual(withdrawn(`the gate was refused: ${outcome}`)),
  );

  it('is no concern of other facts', async () => expect(await tell('TaskScheduled')).toEqual([]));
});
