import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId, type TaskRow } from '@agencyos/contracts';
import { until } from '@agencyos/testing';
import { appendOf } from '@agencyos/testing/facts';
import { releaseCheck } from '../src/testing/sample-workflow.js';
import { SwarmFixture } from './swarm-fixture.js';

const quick = (id: string, more = '', lease = '30s') =>
  `workflow: ${id}\ntitle: Quick\ntasks:\n  - {id: a, role: check, lease: ${lease}, retries: 0${more}}\n`;
const ROLES = ['check', 'notes', 'reviewer', 'publisher'];

let swarm: SwarmFixture;

beforeAll(async () => {
  swarm = await SwarmFixture.start();
  await swarm.publish('release-check', releaseCheck);
  await swarm.register('worker-a', ROLES);
  await swarm.register('worker-b', ROLES);
});

afterAll(async () => {
  await swarm?.stop();
});

describe('publishing a workflow', () => {
  it('numbers versions, once per digest', async () => {
    const before = await swarm.publish('numbers', quick('numbers'));
    expect(before).toMatchObject({ stream: 'workflow-numbers', revision: 0 });
    expect(await swarm.publish('numbers', quick('numbers'))).toMatchObject({ revision: 0 });
    expect(await swarm.publish('numbers', quick('numbers', ', timeout: 1m'))).toMatchObject({ revision: 1 });
    const row = await until(
      async () => (await swarm.view('workflows', 'all'))['workflow/numbers'] as { version: number } | undefined,
    );
    expect(row).toMatchObject({ taskCount: 1, roles: ['check'] });
  });

  it('refuses faults by line, a wrong name and missing content', async () => {
    expect(await swarm.publish('bad', 'workflow: bad\ntitle: B\ntasks:\n  - {id: a, role: r, needs: [a]}\n')).toMatchObject({
      problem: {
        code: 'definition_invalid',
        status: 422,
        problems: [{ code: 'cycle', message: 'cycle: a → a', line: 4 }],
      },
    });
    expect(await swarm.publish('other', quick('numbers'))).toMatchObject({
      problem: { problems: [{ code: 'wrong_workflow' }] },
    });
    const digest = `sha256:${'0'.repeat(64)}`;
    const spec = { digest, bytes: 1, mediaType: 'application/yaml' };
    expect(await swarm.ask('workflow', 'PublishWorkflow', { workflowId: 'x', spec, digest })).toMatchObject({
      problem: { code: 'content_missing' },
    });
    expect(
      await swarm.ask('run', 'StartRun', {
        runId: newId(),
        workflowId: 'x',
        input: { value: {} },
        cause: { kind: 'manual' },
      }),
    ).toMatchObject({
      problem: { code: 'unknown_workflow', status: 422 },
    });
  });
});

describe('a run over the wire', () => {
  it('offers, leases, accepts results, hands off, asks for approval, opens, succeeds', async () => {
    const asked: { type: string; data: Record<string, unknown> }[] = [];
    const approvals = swarm.connection('test').subscribe('agencyos.cmd.approvals.*.*', {
      callback: (_, message) => {
        const body = message.json<{ id: string; type: string; data: Record<string, unknown> }[]>();
        asked.push(...body);
        message.respond(JSON.stringify(body.map(({ id }) => ({ id, stream: 'approval-x', revision: 0, position: '1' }))));
      },
    });
    await swarm.connection('test').flush();
    const runId = await swarm.run('release-check', { repository: '/repo' });
    const offer = await swarm.offer('check', runId);
    expect(offer).toMatchObject({
      taskId: 'clone',
      attempt: 1,
      input: { value: { run: ['git', 'clone', '/repo'] } },
      leaseMs: 6_000,
    });
    const answers = await Promise.all([swarm.claim('worker-a', runId, 'clone'), swarm.claim('worker-b', runId, 'clone')]);
    const winner = 'problem' in answers[0]! ? 'worker-b' : 'worker-a';
    expect(answers.filter((answer) => 'problem' in answer)).toMatchObject([{ problem: { code: 'not_available' } }]);
    await swarm.succeed(winner, runId, 'clone', { path: '/w', tag: 'v1', approved: true });
    for (const taskId of ['lint', 'count']) {
      await swarm.claim('worker-a', runId, taskId);
      await swarm.succeed('worker-a', runId, taskId);
    }
    await swarm.claim('worker-a', runId, 'notes');
    const usage = { inputTokens: 0, outputTokens: 0, cachedTokens: 0, activeMs: 1 };
    const handOff = {
      runId,
      taskId: 'notes',
      attempt: 1,
      toRole: 'reviewer',
      reason: 'breaking',
      context: { value: 2 },
      usage,
    };
    expect(await swarm.work('worker-a', 'HandOffTask', handOff)).not.toHaveProperty('problem');
    expect(await swarm.offer('reviewer', runId)).toMatchObject({
      attempt: 2,
      resume: { kind: 'handoff', value: { value: 2 } },
    });
    await swarm.claim('worker-b', runId, 'notes', 2);
    await swarm.succeed('worker-b', runId, 'notes', { file: 'N.md' }, 2);
    const request = await until(() => asked.find(({ type }) => type === 'RequestApproval'));
    expect(request.data).toMatchObject({
      requester: 'service:swarm',
      origin: { kind: 'run', id: runId, taskId: 'approve' },
      policyId: 'release',
      action: { parameters: { value: { tag: 'v1', guarded: { publish: { run: ['publish', 'N.md'] } } } } },
    });
    await grant(request.data as { approvalId: string; actionDigest: string }, runId);
    await until(() => asked.find(({ type }) => type === 'RedeemApproval'));
    await swarm.recorded(runId, 'TaskScheduled(publish,1)');
    await swarm.claim('worker-a', runId, 'publish');
    await swarm.succeed('worker-a', runId, 'publish', { done: true });
    const history = await swarm.recorded(runId, 'RunSucceeded');
    expect(history.at(-1)).toBe('RunSucceeded');
    const rows = await until(async () => {
      const view = await swarm.view('run', runId);
      return (view['run'] as { state: string }).state === 'succeeded' ? view : undefined;
    });
    expect(rows['task/notes']).toMatchObject({
      state: 'succeeded',
      attempt: 2,
      routes: ['reviewer', 'notes'],
      handoffs: [{ fromRole: 'notes', toRole: 'reviewer', hop: 1 }],
      attempts: [
        { attempt: 1, outcome: 'handed_off', holder: 'agent:worker-a' },
        { attempt: 2, outcome: 'succeeded', holder: 'agent:worker-b' },
      ],
    });
    expect(rows['task/clone']).toMatchObject({ flags: ['claims_approval'] });
    const listed = await until(async () => {
      const row = (await swarm.view('run-list', 'all'))[`run/${runId}`] as { state: string } | undefined;
      return row?.state === 'succeeded' ? row : undefined;
    });
    expect(listed).toMatchObject({ tasks: { total: 6, done: 6, running: 0, waiting: 0 } });
    approvals.unsubscribe();
  });

  it('refuses agents what is not theirs', async () => {
    const runId = await swarm.run('release-check', { repository: '/repo' });
    expect(await swarm.work('worker-a', 'CancelRun', { runId })).toMatchObject({
      problem: { code: 'forbidden' },
    });
    expect(
      await swarm.work('worker-a', 'OpenGate', {
        runId,
        taskId: 'approve',
        approvalId: newId(),
        actionDigest: `sha256:${'0'.repeat(64)}`,
        validUntilAt: '2030-01-01T00:00:00.000Z',
      }),
    ).toMatchObject({ problem: { code: 'forbidden' } });
    expect(
      await swarm.work('worker-a', 'RegisterAgent', {
        agentId: 'worker-b',
        kind: 'command',
        roles: ['x'],
        build: '1',
        maxConcurrent: 1,
      }),
    ).toMatchObject({ problem: { code: 'forbidden' } });
    const negative = { inputTokens: -1, outputTokens: 0, cachedTokens: 0, activeMs: 0 };
    expect(
      await swarm.work('worker-a', 'SucceedTask', {
        runId,
        taskId: 'clone',
        attempt: 1,
        output: { value: 1 },
        artifacts: [],
        usage: negative,
      }),
    ).toMatchObject({
      problem: { code: 'invalid', status: 422, field: 'usage.inputTokens' },
    });
    const large = { value: 'x'.repeat(20_000) };
    expect(
      await swarm.work('worker-a', 'SucceedTask', {
        runId,
        taskId: 'clone',
        attempt: 1,
        output: large,
        artifacts: [],
        usage: { ...negative, inputTokens: 0 },
      }),
    ).toMatchObject({
      problem: { code: 'invalid', status: 422, field: 'output' },
    });
    await swarm.ask('run', 'CancelRun', { runId });
    expect((await swarm.history(runId)).at(-1)).toBe('RunCancelled');
  });
});

describe('many at once', () => {
  it('accepts results that together are too large for one append', async () => {
    const tasks = Array.from({ length: 90 }, (_, n) => `  - {id: t${n}, role: check, lease: 1h}\n`).join('');
    await swarm.publish('many', `workflow: many\ntitle: M\ntasks:\n${tasks}`);
    const runId = await swarm.run('many');
    const names = Array.from({ length: 90 }, (_, n) => `t${n}`);
    await Promise.all(names.map((taskId) => swarm.claim('worker-a', runId, taskId)));
    const value = 'x'.repeat(15_000);
    const answers = await Promise.all(names.map((taskId) => swarm.succeed('worker-a', runId, taskId, value)));
    expect(answers.filter((answer) => 'problem' in answer)).toEqual([]);
    expect(await swarm.recorded(runId, 'RunSucceeded')).toHaveLength(2 + 3 * 90 + 1);
  });
});

describe('timers', () => {
  it('retry a failure after its pause and stop what runs too long', async () => {
    await swarm.publish(
      'timed',
      `workflow: timed\ntitle: T\ntasks:\n  - {id: a, role: check, lease: 30s, timeout: 1s, retries: 1, backoff: 50ms}\n`,
    );
    const runId = await swarm.run('timed');
    await swarm.claim('worker-a', runId, 'a');
    const usage = { inputTokens: 0, outputTokens: 0, cachedTokens: 0, activeMs: 1 };
    const fault = { code: 'exit', message: 'exit code 1', retryable: true };
    await swarm.work('worker-a', 'FailTask', { runId, taskId: 'a', attempt: 1, fault, usage });
    await swarm.recorded(runId, 'TaskScheduled(a,2)');
    await swarm.claim('worker-a', runId, 'a', 2);
    await swarm.recorded(runId, 'TaskStopRequested(a,2)');
    await swarm.work('worker-a', 'ConfirmStopped', { runId, taskId: 'a', attempt: 2, usage });
    expect((await swarm.history(runId)).slice(-2)).toEqual(['TaskFailed(a,2)', 'RunFailed']);
  });
});

describe('queues', () => {
  it('count what waits, and lose nothing with NATS', async () => {
    // Of a role for which nothing else waits: only the most urgent of a role are offered again.
    await swarm.publish('review', `workflow: review\ntitle: Review\ntasks:\n  - {id: clone, role: reviewer}\n`);
    const runId = await swarm.run('review');
    await until(async () => (await swarm.view('queues', 'all'))[`ready/${runId}/clone`]);
    await swarm.servers.restartNats({ deleteStore: true });
    await until(async () => swarm.service.runtime.bus.connected && !swarm.connection('test').isClosed());
    await until(() =>
      swarm.provisionTasks(ROLES).then(
        () => true,
        () => undefined,
      ),
    );
    expect(await swarm.offer('reviewer', runId)).toMatchObject({ taskId: 'clone' });
    await swarm.claim('worker-a', runId, 'clone');
    await until(async () => ((await swarm.view('queues', 'all'))[`ready/${runId}/clone`] ? undefined : true));
    // Another projection than the queues': it may be a moment behind.
    const row = await until(async () => {
      const found = (await swarm.view('run', runId))['task/clone'] as TaskRow;
      return found.state === 'ready' ? undefined : found;
    });
    expect(row).toMatchObject({ state: 'leased', holder: 'agent:worker-a' });
  });
});

/** What approvals would record once somebody with the right has voted. */
async function grant({ approvalId, actionDigest }: { approvalId: string; actionDigest: string }, runId: string): Promise<void> {
  const { store } = swarm.service.runtime;
  const origin = { kind: 'run', id: runId, taskId: 'approve' };
  const validUntilAt = '2099-01-01T00:00:00.000Z';
  const facts = [
    { type: 'ApprovalGranted', data: { approvalId, grantedBy: 'votes', actionDigest, origin, validUntilAt } },
    { type: 'ApprovalRedeemed', data: { approvalId, actionDigest, redeemer: 'service:swarm', usedBy: origin, validUntilAt } },
  ];
  await store.append(appendOf(`approval-${approvalId}`, facts, { actor: 'service:approvals', correlationId: runId, depth: 1 }));
}
