import type { ApprovalCommand, Fact, PolicyRules } from '@agencyos/contracts';
import { digestOf } from '@agencyos/runtime';
import { MemoryRows } from '@agencyos/runtime/testing';
import { testMetadata } from '@agencyos/testing/decider';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { directoryProjection } from '../directory/directory.view.js';
import { runPartiesProjection } from '../directory/run-parties.view.js';
import { policyProjection } from '../views/policy.view.js';
import { type Approval, noApproval, type Of } from './approval.js';
import { prepareRequest } from './prepare-request.js';
import { approvalId, digest, id, origin, otherDigest, request, requested, rules, swarm } from './testing/approval-scenario.js';

const [approver, owner] = [id('approver'), id('owner')];
let rows: MemoryRows;

async function told(type: string, data: object, actor = 'system:setup'): Promise<void> {
  const fact = { type, data, metadata: { actor } } as unknown as Fact;
  for (const projection of [directoryProjection, runPartiesProjection, policyProjection]) await projection.project(fact, rows);
}
async function policy(more: Partial<PolicyRules> = {}, policyId = 'release'): Promise<void> {
  await told('PolicyPublished', { policyId, version: 1, digest, rules: { ...rules, ...more } });
  await told('PolicyActivated', { policyId, version: 1 });
}

beforeEach(async () => {
  rows = new MemoryRows();
  for (const userId of [approver, owner]) await told('UserAdded', { userId, roles: ['approver'] });
  await told('AgentAdmitted', { agentId: 'writer', roles: [], owner: `user:${owner}` });
});

type Data = Partial<Of<'RequestApproval'>['data']>;
function prepare(data: Data = {}, by: object = swarm, approval: Approval = noApproval) {
  const command = request(data) as Extract<ApprovalCommand, { type: 'RequestApproval' }>;
  command.data.actionDigest = data.actionDigest ?? digestOf(command.data.action);
  return prepareRequest({ ...command, metadata: testMetadata(by) }, approval, rows);
}

describe('what a request is judged by', () => {
  it('is the policy that covers it, and nobody behind it where a service asks', async () => {
    await policy();
    expect(await prepare()).toEqual({ policyId: 'release', version: 1, rules, owner: undefined, exclusions: [] });
  });

  it('is the policy that it names', async () => {
    await policy({ risk: 'critical' }, 'strict');
    await policy({ risk: 'low' }, 'lax');
    expect(await prepare()).toMatchObject({ policyId: 'strict' });
    expect(await prepare({ policyId: 'lax' })).toMatchObject({ policyId: 'lax' });
  });

  it('knows the owner of the agent that asks, or for whom is asked', async () => {
    await policy();
    const external = { kind: 'external', id: 'x' } as const;
    const agent = { actor: 'agent:writer', sender: 'agent_writer' };
    expect(await prepare({ origin: external }, agent)).toMatchObject({ owner: `user:${owner}` });
    expect(await prepare({ requester: 'agent:writer' })).toMatchObject({ owner: `user:${owner}` });
    expect(await prepare({ requester: 'agent:unknown' })).toMatchObject({ owner: undefined });
  });

  it('knows whom the policy excludes, who do not count as approvers', async () => {
    await policy({ alsoExclude: ['run_starter'] });
    await told('RunStarted', { runId: origin.id }, `user:${owner}`);
    await told('GateReached', { runId: origin.id, approvalId });
    expect(await prepare()).toMatchObject({ exclusions: [{ principal: `user:${owner}`, as: 'run_starter' }] });
    await policy({ alsoExclude: ['run_starter'], stages: [{ of: ['role:approver'], need: 2 }] });
    await expect(prepare()).rejects.toMatchObject({ code: 'no_eligible_approver', details: { stage: 1, need: 2 } });
  });

  it('has to be decided by others than the owner of who asks', async () => {
    await policy({ stages: [{ of: ['role:approver'], need: 2 }] });
    expect(await prepare()).toBeDefined();
    await expect(prepare({ requester: 'agent:writer' })).rejects.toMatchObject({ code: 'no_eligible_approver' });
  });

  it('is nothing where it was asked for before', async () => {
    const { data } = requested() as { data: NonNullable<Approval['requested']> };
    expect(await prepare({}, swarm, { ...noApproval, state: 'open', requested: data })).toBeUndefined();
  });
});

describe('a request is refused', () => {
  it('under a digest that is not its action’s, with the one that is', async () => {
    await policy();
    const { data } = request() as Extract<ApprovalCommand, { type: 'RequestApproval' }>;
    await expect(prepare({ actionDigest: otherDigest })).rejects.toMatchObject({
      code: 'digest_mismatch',
      details: { present: digestOf(data.action) },
    });
  });

  it('where no policy covers it', async () => {
    await expect(prepare()).rejects.toMatchObject({ code: 'no_policy' });
    await policy({ kinds: ['deploy'] });
    await expect(prepare()).rejects.toMatchObject({
      code: 'no_policy',
      details: { field: 'action.kind', detail: 'No active policy covers publish of git:notes.' },
    });
    await expect(prepare({ policyId: 'release' })).rejects.toMatchObject({ details: { field: 'policyId' } });
  });

  it('for now, while no user is known', async () => {
    rows = new MemoryRows();
    await policy();
    await expect(prepare()).rejects.toMatchObject({ code: 'busy' });
  });
});
