import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  approvalView,
  type ApprovalRow,
  type CommandAnswer,
  ids,
  inboxView,
  newId,
  permissionsOf,
  policyView,
  subjects,
  type UserRole,
} from '@agencyos/contracts';
import { digestOf } from '@agencyos/runtime';
import { until } from '@agencyos/testing';
import { RELEASE_POLICY } from '../src/seed.js';
import { type Harness, type Person, startHarness } from './harness.js';

const userOf = (roles: UserRole[]): Person & { userId: string } => {
  const userId = newId();
  return { userId, actor: `user:${userId}`, roles, permissions: permissionsOf(roles) };
};
const admin = userOf(['admin']);
const approver = userOf(['approver']);
const operator = userOf(['operator']);
const metadataOf = ({ actor, roles, permissions }: Person): Person => ({ actor, roles, permissions });

let harness: Harness;
beforeAll(async () => {
  const users = [admin, approver, operator];
  harness = await startHarness(users.map(({ userId, roles }) => ({ type: 'UserAdded', data: { userId, roles, via: 'setup' } })));
  await until(
    async () => (await harness.page('policy', 'all')).rows,
    (rows) => (rows['policy/release'] as { active?: number } | undefined)?.active === 1,
  );
});
afterAll(() => harness?.stop());

const action = {
  kind: 'publish',
  target: 'git:release-notes',
  parameters: { value: { branch: 'notes' } },
  artifacts: [],
};
const actionDigest = digestOf(action);
const requestOf = (more: object = {}) => {
  const runId = newId();
  const approvalId = ids.gateApproval(runId, 'approve', 1);
  const origin = { kind: 'run', id: runId, taskId: 'approve' };
  return {
    approvalId,
    origin,
    data: {
      approvalId,
      action,
      actionDigest,
      requester: 'service:swarm',
      excluded: [],
      origin,
      brief: { value: 'Read the notes' },
      ...more,
    },
  };
};
/** `busy` until the directory and the policies have been read: repeated with the same id, as every sender does. */
const requested = async (more: object = {}) => {
  const { approvalId, origin, data } = requestOf(more);
  const id = newId();
  await until(
    () => harness.ask('RequestApproval', data, id),
    (answer) => !('problem' in answer),
  );
  return { approvalId, origin };
};
const vote = (by: Person, approvalId: string, choice = 'approve', more: object = {}, id?: string) =>
  harness.send(metadataOf(by), 'VoteOnApproval', { approvalId, vote: choice, actionDigest, stepUp: 'none', ...more }, id);
const redeem = (approvalId: string, usedBy: object) =>
  harness.ask('RedeemApproval', { approvalId, actionDigest, redeemer: 'service:swarm', usedBy });
const codeOf = (answer: CommandAnswer) => ('problem' in answer ? answer.problem.code : 'accepted');
const row = async (approvalId: string) =>
  (await harness.page('approval', approvalId)).rows['approval'] as ApprovalRow | undefined;
const inState = (approvalId: string, state: string) =>
  until(
    () => row(approvalId),
    (approval) => approval?.state === state,
  ) as Promise<ApprovalRow>;

describe('approvals on real servers', () => {
  it('asks, shows, decides, and is used once', async () => {
    const { approvalId, origin } = await requested();
    const open = await inState(approvalId, 'open');
    expect(open).toMatchObject({
      policyId: 'release',
      policyVersion: 1,
      risk: 'high',
      requester: 'service:swarm',
      votes: [],
    });
    expect(approvalView.rows.approval.safeParse(open).error).toBeUndefined();
    expect(await redeem(approvalId, origin)).toMatchObject({ problem: { code: 'not_granted', status: 409 } });
    const id = newId();
    const first = await vote(admin, approvalId, 'approve', {}, id);
    expect(first).toMatchObject({ revision: 2 });
    expect(await vote(admin, approvalId, 'approve', {}, id)).toEqual(first);
    expect(await vote(approver, approvalId, 'reject')).toMatchObject({
      problem: { code: 'already_decided', outcome: 'granted', status: 409 },
    });
    expect(await redeem(approvalId, origin)).not.toHaveProperty('problem');
    expect(codeOf(await redeem(approvalId, origin))).toBe('already_redeemed');
    const used = await inState(approvalId, 'redeemed');
    expect(used.votes).toMatchObject([{ voter: admin.actor, vote: 'approve', stage: 1 }]);
    const inbox = await until(
      async () => (await harness.page('inbox', 'all')).rows[`approval/${approvalId}`] as { state: string } | undefined,
      (item) => item?.state === 'redeemed',
    );
    expect(inbox).toMatchObject({
      title: 'Publish git:release-notes',
      need: 1,
      approvals: 1,
      outcome: 'granted',
      state: 'redeemed',
    });
    expect(inboxView.rows.approval.safeParse(inbox).error).toBeUndefined();
    expect(await harness.typesOf(approvalId)).toEqual([
      'ApprovalRequested',
      'ApprovalVoteCast',
      'ApprovalGranted',
      'ApprovalRedeemed',
    ]);
  });

  it("counts a vote under its voter's own key only (fault 9)", async () => {
    const { approvalId } = await requested();
    const id = newId();
    expect(await vote(admin, approvalId, 'approve', {}, id)).toMatchObject({ revision: 2 });
    const second = await requested();
    for (const asked of [approvalId, second.approvalId]) {
      expect(await vote(approver, asked, 'approve', {}, id)).toMatchObject({
        problem: { code: 'idempotency_conflict', detail: expect.stringContaining('someone else') },
      });
    }
    await inState(second.approvalId, 'open');
    expect(await vote(approver, second.approvalId)).toMatchObject({ revision: 2 });
  });

  it('takes no approval under an id that a gate will have, nor for a run (fault 9)', async () => {
    const { data } = requestOf();
    const person = { actor: admin.actor, roles: [], permissions: ['approval:request'] };
    const { requester: _requester, excluded: _excluded, ...own } = data;
    expect(await harness.send(person, 'RequestApproval', own)).toMatchObject({
      problem: { code: 'invalid', field: 'approvalId' },
    });
    expect(await harness.send(person, 'RequestApproval', { ...own, approvalId: newId() })).toMatchObject({
      problem: { code: 'forbidden', field: 'origin.kind' },
    });
    await until(
      () => harness.ask('RequestApproval', data),
      (answer) => !('problem' in answer),
    );
  });

  it('refuses who may not decide, and what was not read', async () => {
    const { approvalId } = await requested({ excluded: [approver.actor] });
    expect(await vote(operator, approvalId)).toMatchObject({ problem: { code: 'forbidden', status: 403 } });
    expect(await vote({ ...operator, permissions: ['approval:vote'] }, approvalId)).toMatchObject({
      problem: { code: 'not_eligible', status: 403 },
    });
    expect(await vote(approver, approvalId)).toMatchObject({
      problem: { code: 'self_approval', status: 403 },
    });
    const changed = { actionDigest: digestOf({ ...action, target: 'git:main' }) };
    expect(await vote(admin, approvalId, 'approve', changed)).toMatchObject({
      problem: { code: 'digest_mismatch', status: 409, present: actionDigest },
    });
    expect(await vote(admin, approvalId, 'approve', { stepUp: 'passkey' })).toMatchObject({
      problem: { code: 'step_up_required', status: 403 },
    });
    expect(await harness.typesOf(approvalId)).toEqual(['ApprovalRequested']);
  });

  it('refuses requests that no policy covers, nobody could decide, or that lie about their action', async () => {
    const uncovered = { ...action, kind: 'destroy' };
    const ask = async (more: object) => harness.ask('RequestApproval', requestOf(more).data);
    expect(await ask({ action: uncovered, actionDigest: digestOf(uncovered) })).toMatchObject({
      problem: { code: 'no_policy', status: 422 },
    });
    expect(await ask({ policyId: 'unknown' })).toMatchObject({ problem: { code: 'no_policy', status: 422 } });
    expect(await ask({ excluded: [admin.actor, approver.actor] })).toMatchObject({
      problem: { code: 'no_eligible_approver', status: 422 },
    });
    expect(await ask({ actionDigest: digestOf('other') })).toMatchObject({
      problem: { code: 'digest_mismatch', status: 409 },
    });
  });

  it('takes no vote from a service or an agent, whatever it claims', async () => {
    const { approvalId } = await requested();
    const data = { approvalId, vote: 'approve', actionDigest, stepUp: 'none' };
    expect(await harness.ask('VoteOnApproval', data)).toMatchObject({ problem: { code: 'forbidden' } });
    const agent = await harness.servers.connect('agent_command-1');
    const denied: unknown[] = [];
    void (async () => {
      for await (const status of agent.status()) if (status.type === 'error') denied.push(status);
    })();
    agent.publish(
      subjects.command('approvals', 'approval', 'agent_command-1'),
      JSON.stringify({ id: newId(), type: 'VoteOnApproval', data }),
    );
    agent.publish(
      subjects.command('approvals', 'approval', 'gateway'),
      JSON.stringify({ id: newId(), type: 'VoteOnApproval', data }),
    );
    await agent.flush();
    await until(
      () => denied.length,
      (count) => count === 2,
    );
    await agent.close();
    expect(await harness.typesOf(approvalId)).toEqual(['ApprovalRequested']);
  });

  it('has one outcome when approval, rejection and withdrawal come at once', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { approvalId } = await requested();
      const answers = await Promise.all([
        vote(admin, approvalId, 'approve'),
        vote(approver, approvalId, 'reject'),
        harness.ask('WithdrawApproval', { approvalId, reason: 'The run was cancelled' }),
      ]);
      const types = await harness.typesOf(approvalId);
      const decisions = types.filter((type) => type === 'ApprovalGranted' || type === 'ApprovalRejected');
      expect(decisions.length).toBeLessThanOrEqual(1);
      expect(types.filter((type) => ['ApprovalRejected', 'ApprovalWithdrawn'].includes(type))).toHaveLength(1);
      expect(answers.map(codeOf).every((code) => code === 'accepted' || code === 'already_decided')).toBe(true);
    }
  });

  it('expires by itself, undecided or unused', async () => {
    const undecided = await requested({ expiresInMs: 1_000 });
    await inState(undecided.approvalId, 'expired');
    expect(await harness.typesOf(undecided.approvalId)).toEqual(['ApprovalRequested', 'ApprovalExpired']);
    expect(await vote(admin, undecided.approvalId)).toMatchObject({
      problem: { code: 'already_decided', outcome: 'expired' },
    });

    const rules = { ...RELEASE_POLICY.rules, validForMs: 1_000 };
    const asAdmin = metadataOf(admin);
    expect(codeOf(await harness.send(asAdmin, 'PublishPolicy', { policyId: 'brief', rules, digest: digestOf(rules) }))).toBe(
      'accepted',
    );
    expect(codeOf(await harness.send(asAdmin, 'ActivatePolicy', { policyId: 'brief', version: 1 }))).toBe('accepted');
    const policies = await until(
      async () => (await harness.page('policy', 'all')).rows['policy/brief'] as { active: number } | undefined,
      (policy) => policy?.active === 1,
    );
    expect(policyView.rows.policy.safeParse(policies).error).toBeUndefined();
    const unused = await requested({ policyId: 'brief' });
    expect(codeOf(await vote(admin, unused.approvalId))).toBe('accepted');
    await inState(unused.approvalId, 'expired');
    expect(await redeem(unused.approvalId, unused.origin)).toMatchObject({
      problem: { code: 'already_decided', outcome: 'expired' },
    });
  });

  it('excludes who started the run and who owns its agents, by what the log says (fault 11)', async () => {
    const rules = { ...RELEASE_POLICY.rules, alsoExclude: ['run_starter', 'agent_owner'] };
    const policy = { policyId: 'four-eyes', rules, digest: digestOf(rules) };
    const asAdmin = metadataOf(admin);
    expect(codeOf(await harness.send(asAdmin, 'PublishPolicy', policy))).toBe('accepted');
    await harness.send(asAdmin, 'ActivatePolicy', { policyId: 'four-eyes', version: 1 });
    await until(
      async () => (await harness.page('policy', 'all')).rows['policy/four-eyes'] as { active: number } | undefined,
      (row) => row?.active === 1,
    );
    const admitted = { agentId: 'owned', roles: ['write'], owner: approver.actor };
    await harness.record('agent-owned', [{ type: 'AgentAdmitted', data: admitted }], approver.actor);
    /** A run up to its gate, whose request waits until the gate's fact was read. */
    const gateOf = async (startedBy: string, agent: string) => {
      const request = requestOf({ policyId: 'four-eyes' });
      const { id: runId } = request.origin;
      const leased = { runId, taskId: 'write', attempt: 1, leasedBy: `agent:${agent}`, instanceId: 'one' };
      await harness.record(`run-${runId}`, [{ type: 'RunStarted', data: { runId } }], startedBy);
      await harness.record(`run-${runId}`, [{ type: 'TaskLeased', data: leased }], leased.leasedBy, 1);
      expect(await harness.ask('RequestApproval', request.data)).toMatchObject({ problem: { code: 'busy' } });
      const { approvalId } = request;
      await harness.record(
        `run-${runId}`,
        [{ type: 'GateReached', data: { runId, taskId: 'approve', approvalId } }],
        'service:swarm',
        2,
      );
      const id = newId();
      const answer = await until(
        () => harness.ask('RequestApproval', request.data, id),
        (given) => codeOf(given) !== 'busy',
      );
      return { approvalId, answer };
    };

    const owned = await gateOf('system:setup', 'owned');
    expect(await vote(approver, owned.approvalId)).toMatchObject({
      problem: { code: 'excluded', status: 403, detail: expect.stringContaining('you own an agent') },
    });
    expect(codeOf(await vote(admin, owned.approvalId))).toBe('accepted');

    const started = await gateOf(admin.actor, 'nobodys');
    expect(await vote(admin, started.approvalId)).toMatchObject({
      problem: { code: 'excluded', status: 403, detail: expect.stringContaining('you started the run') },
    });
    expect(await inState(started.approvalId, 'open')).toMatchObject({
      excluded: [admin.actor],
      exclusions: [{ principal: admin.actor, as: 'run_starter' }],
    });
    expect(codeOf(await vote(approver, started.approvalId))).toBe('accepted');

    const closed = await gateOf(admin.actor, 'owned');
    expect(closed.answer).toMatchObject({ problem: { code: 'no_eligible_approver', status: 422 } });
  });

  it('expires late, once, when the service was down at the time', async () => {
    const { approvalId } = await requested({ expiresInMs: 1_000 });
    const { expiresAt } = await inState(approvalId, 'open');
    await harness.stopService();
    await until(
      () => new Date().toISOString(),
      (now) => now > expiresAt,
    );
    await harness.startService();
    expect(['expired', 'already_decided']).toContain(codeOf(await vote(admin, approvalId)));
    await inState(approvalId, 'expired');
    expect(await harness.typesOf(approvalId)).toEqual(['ApprovalRequested', 'ApprovalExpired']);
  });
});
