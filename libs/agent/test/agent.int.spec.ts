import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '@agencyos/contracts';
import { until } from '@agencyos/testing';
import { startTestServers, type TestServers } from '@agencyos/testing/servers';
import { SwarmDouble } from '@agencyos/testing/swarm';
import { startAgent, type AgentOptions, type RunningAgent, type TaskContext, type TaskOutcome } from '../src/index.js';

const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
let servers: TestServers;
let swarm: SwarmDouble;
let agents: RunningAgent[];

beforeAll(async () => {
  servers = await startTestServers({ postgres: false });
});
afterAll(() => servers.stop());
beforeEach(async () => {
  await servers.restartNats({ deleteStore: true });
  swarm = await SwarmDouble.start({ ...servers, nkeyFile: servers.nkeyFile, roles: ['check', 'reviewer'] });
  agents = [];
});
afterEach(async () => {
  await Promise.all(agents.map((agent) => agent.stop()));
  await swarm.close();
});

async function agentWith(handler: (context: TaskContext) => Promise<TaskOutcome>, options: Partial<AgentOptions> = {}) {
  const agentId = options.agentId ?? 'command-1';
  const agent = await startAgent({
    ...{ agentId, instanceId: newId(), kind: 'command', roles: ['check'], build: 'test', maxConcurrent: 2 },
    ...{ natsUrl: servers.natsUrl, nkeyFile: servers.nkeyFile(`agent_${agentId}`), handler, logger: silent },
    timing: { heartbeatMs: 50, answerMs: 300 },
    ...options,
  });
  agents.push(agent);
  await agent.registered;
  return agent;
}
const untilStopped = ({ signal }: TaskContext) =>
  new Promise<TaskOutcome>((resolve) =>
    signal.addEventListener('abort', () => resolve({ kind: 'succeeded', output: 'too late' })),
  );
const typesOf = (taskId: string) => swarm.board.facts.filter(({ data }) => data['taskId'] === taskId).map(({ type }) => type);

describe('an agent', () => {
  it('does not start on a server that forbids it nothing, where it looks at that', async () => {
    await expect(agentWith(untilStopped, { natsProbe: true, nkeyFile: servers.nkeyFile('test') })).rejects.toThrow(
      'NATS lets agent_command-1 use',
    );
    await agentWith(untilStopped, { natsProbe: true });
  });

  it('claims an offered task, works and reports, with its log and a sign of life', async () => {
    await agentWith(async ({ input, log, progress }) => {
      log('\u001b[32mchecking\u001b[0m');
      progress(0.5);
      return { kind: 'succeeded', output: { got: input } };
    });
    swarm.schedule({ taskId: 'lint', role: 'check', input: { path: 'x' } });
    const facts = await swarm.until(({ type }) => type === 'TaskSucceeded');
    expect(typesOf('lint')).toEqual(['TaskScheduled', 'TaskLeased', 'TaskSucceeded']);
    expect(facts.at(-1)?.data['output']).toEqual({ value: { got: { path: 'x' } } });
    await until(() => swarm.lines.length > 0 && swarm.live.length > 0);
    expect(swarm.lines).toEqual(['checking']);
    expect(swarm.live[0]).toMatchObject({
      taskId: 'lint',
      attempt: 1,
      holder: 'agent:command-1',
      line: 'checking',
    });
  });

  it('keeps the log of an attempt with its result, however it ended (fault 30)', async () => {
    const stored: string[] = [];
    const content = {
      put: async (bytes: string | Uint8Array, mediaType: string) => {
        stored.push(String(bytes));
        return { digest: `sha256:${'c'.repeat(64)}`, bytes: bytes.length, mediaType };
      },
    };
    const handler = async ({ task: { taskId }, log }: TaskContext): Promise<TaskOutcome> => {
      log(`doing ${taskId}`);
      log('\u001b[31mdone\u001b[0m');
      return taskId === 'good'
        ? { kind: 'succeeded', output: null }
        : { kind: 'failed', fault: { code: 'bad', message: 'bad', retryable: false } };
    };
    await agentWith(handler, { content, maxConcurrent: 1 });
    swarm.schedule({ taskId: 'good', role: 'check', input: null });
    await swarm.until(({ type }) => type === 'TaskSucceeded');
    swarm.schedule({ taskId: 'bad', role: 'check', input: null });
    const facts = await swarm.until(({ type }) => type === 'TaskFailed');
    expect(stored).toEqual(['doing good\ndone\n', 'doing bad\ndone\n']);
    const ends = facts.filter(({ type }) => type === 'TaskSucceeded' || type === 'TaskFailed');
    expect(ends).toHaveLength(2);
    for (const { data } of ends)
      expect(data['logs']).toMatchObject({ mediaType: 'text/plain', digest: expect.stringContaining('ccc') });
  });

  it('reports without its log when that cannot be stored (fault 30)', async () => {
    const content = { put: () => Promise.reject(new Error('too large')) };
    const handler = async ({ log }: TaskContext): Promise<TaskOutcome> => {
      log('a line');
      return { kind: 'succeeded', output: null };
    };
    await agentWith(handler, { content });
    swarm.schedule({ taskId: 'lint', role: 'check', input: null });
    const facts = await swarm.until(({ type }) => type === 'TaskSucceeded');
    expect(facts.at(-1)?.data).not.toHaveProperty('logs');
  });

  it('hands off with context, which the other role receives', async () => {
    await agentWith(
      async ({ task, resume }) =>
        task.role === 'check'
          ? { kind: 'handed_off', toRole: 'reviewer', reason: 'breaking', context: { breaking: ['a'] } }
          : { kind: 'succeeded', output: resume?.value },
      { roles: ['check', 'reviewer'] },
    );
    swarm.schedule({ taskId: 'notes', role: 'check' });
    const facts = await swarm.until(({ type }) => type === 'TaskSucceeded');
    expect(facts.at(-1)?.data).toMatchObject({
      attempt: 2,
      output: { value: { value: { breaking: ['a'] } } },
    });
  });

  it('fails the attempt under the name of the refusal when a handoff is refused (fault 24)', async () => {
    let runs = 0;
    await agentWith(async ({ task }) => {
      runs += 1;
      return { kind: 'handed_off', toRole: task.role, reason: 'over to me', context: {} };
    });
    swarm.schedule({ taskId: 'in-circles', role: 'check', leaseMs: 1_000 });
    const facts = await swarm.until(({ type }) => type === 'TaskFailed' || type === 'TaskLeaseExpired');
    expect(facts.at(-1)?.data['fault']).toEqual({
      ...{ code: 'handoff_loop', message: 'It has had it before.', retryable: false },
    });
    expect(runs).toBe(1);
  });

  it('keeps a lease that is shorter than the time between two heartbeats (fault 24)', async () => {
    let finish!: () => void;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    await agentWith(() => finished.then(() => ({ kind: 'succeeded', output: null })), {
      timing: { heartbeatMs: 600_000 },
    });
    await until(() => swarm.heartbeats > 0);
    swarm.schedule({ taskId: 'short', role: 'check', leaseMs: 1_000 });
    await swarm.until(({ type }) => type === 'TaskLeased');
    const beats = swarm.heartbeats;
    await until(() => swarm.heartbeats > beats + 6); // longer than one lease
    finish();
    await swarm.until(({ type }) => type === 'TaskSucceeded');
    expect(typesOf('short')).toEqual(['TaskScheduled', 'TaskLeased', 'TaskSucceeded']);
  });

  it('keeps a lease alive for as long as it works', async () => {
    let finish!: () => void;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    await agentWith(() => finished.then(() => ({ kind: 'succeeded', output: null })));
    swarm.schedule({ taskId: 'long', role: 'check', leaseMs: 1_000 });
    await swarm.until(({ type }) => type === 'TaskLeased');
    const beats = swarm.heartbeats;
    await until(() => swarm.heartbeats > beats + 40); // far longer than one lease
    finish();
    await swarm.until(({ type }) => type === 'TaskSucceeded');
    expect(typesOf('long')).toEqual(['TaskScheduled', 'TaskLeased', 'TaskSucceeded']);
  });

  it('never works on one attempt twice, however often it is offered', async () => {
    let runs = 0;
    await agentWith(async (context) => {
      runs += 1;
      return untilStopped(context);
    });
    const task = swarm.schedule({ taskId: 'once', role: 'check' });
    await swarm.until(({ type }) => type === 'TaskLeased');
    swarm.offerAgain(task);
    swarm.offerAgain(task);
    const beats = swarm.heartbeats;
    await until(() => swarm.heartbeats > beats + 5);
    expect(runs).toBe(1);
  });

  it('takes no more tasks at a time than it has places for, and leaves the rest to others', async () => {
    const first = await agentWith(untilStopped, { maxConcurrent: 1 });
    for (const taskId of ['a', 'b']) swarm.schedule({ taskId, role: 'check' });
    await swarm.until(({ type }) => type === 'TaskLeased');
    await agentWith(async () => ({ kind: 'succeeded', output: null }), { agentId: 'command-2' });
    const facts = await swarm.until(({ type }) => type === 'TaskSucceeded');
    const leases = facts.filter(({ type }) => type === 'TaskLeased').map(({ data }) => data['leasedBy']);
    expect(leases).toEqual(['agent:command-1', 'agent:command-2']);
    expect(first.ready()).toBe(true);
  });

  it.each([
    ['at once', 'command-1'],
    ['by the next heartbeat', undefined],
  ])('stops when told %s', async (_, agentId) => {
    await agentWith(untilStopped, { timing: { heartbeatMs: 200 } });
    const task = swarm.schedule({ taskId: 'stopped', role: 'check' });
    await swarm.until(({ type }) => type === 'TaskLeased');
    swarm.orderStop(task, agentId);
    await swarm.until(({ type }) => type === 'TaskCancelled');
    expect(typesOf('stopped')).toEqual(['TaskScheduled', 'TaskLeased', 'TaskCancelled']);
  });

  it('ends its work before the lease ends when nobody renews it', async () => {
    let stoppedAt = 0;
    await agentWith(async (context) => {
      const outcome = await untilStopped(context);
      stoppedAt = performance.now();
      expect(context.signal.reason).toBe('lease_lost');
      return outcome;
    });
    const leaseMs = 1_500;
    swarm.schedule({ taskId: 'cut-off', role: 'check', leaseMs });
    await swarm.until(({ type }) => type === 'TaskLeased');
    swarm.pause();
    await swarm.until(({ type }) => type === 'TaskLeaseExpired');
    expect(stoppedAt).toBeGreaterThan(0); // the double's lease, renewed last, had not ended before
  });

  it('gives back what it holds when it stops, so that no attempt is lost', async () => {
    const agent = await agentWith(untilStopped);
    swarm.schedule({ taskId: 'given-back', role: 'check' });
    await swarm.until(({ type }) => type === 'TaskLeased');
    await agent.stop();
    await agent.closed;
    expect(swarm.board.facts.find(({ type }) => type === 'TaskReleased')?.data).toMatchObject({
      why: 'shutdown',
    });
    await until(() => swarm.left.length === 1);
    await agentWith(async () => ({ kind: 'succeeded', output: null }));
    await swarm.until(({ type }) => type === 'TaskSucceeded');
  });

  it('repeats a result under one id until somebody answers', async () => {
    let away!: () => void;
    const outage = new Promise<void>((resolve) => (away = resolve));
    await agentWith(async () => {
      swarm.pause();
      away();
      return { kind: 'succeeded', output: 42 };
    });
    swarm.schedule({ taskId: 'patient', role: 'check' });
    await outage;
    swarm.resume();
    await swarm.until(({ type }) => type === 'TaskSucceeded');
    expect(typesOf('patient')).toEqual(['TaskScheduled', 'TaskLeased', 'TaskSucceeded']);
  });

  it('outlives NATS, with the work in hand and the offers after it', async () => {
    let finish!: () => void;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    await agentWith(() => finished.then(() => ({ kind: 'succeeded', output: null })));
    const before = swarm.schedule({ taskId: 'before', role: 'check' });
    await swarm.until(({ type }) => type === 'TaskLeased');
    await servers.restartNats();
    finish();
    await swarm.until(({ type, data }) => type === 'TaskSucceeded' && data['taskId'] === before.taskId);
  });

  it('fails a task whose handler throws or whose result is not acceptable', async () => {
    await agentWith(async ({ task }) => {
      if (task.taskId === 'throws') throw new Error('no such thing');
      return { kind: 'succeeded', output: 'x'.repeat(20_000) };
    });
    swarm.schedule({ taskId: 'throws', role: 'check' });
    swarm.schedule({ taskId: 'too-large', role: 'check' });
    await until(() => swarm.board.facts.filter(({ type }) => type === 'TaskFailed').length === 2);
    const faults = Object.fromEntries(
      swarm.board.facts.filter(({ type }) => type === 'TaskFailed').map(({ data }) => [data['taskId'], data['fault']]),
    );
    expect(faults).toMatchObject({
      throws: { code: 'agent_error', message: 'no such thing', retryable: true },
      'too-large': { retryable: false },
    });
  });

  const circle: Record<string, unknown> = {};
  circle['in'] = circle;
  const unfit: Record<string, [outcome: object, message: string]> = {
    nul: [{ kind: 'succeeded', output: { lines: ['a\0b'] } }, 'output.value.lines.0: must hold no NUL'],
    half: [{ kind: 'succeeded', output: '\ud83d' }, 'output.value: must hold no half'],
    handoff: [{ kind: 'handed_off', toRole: 'reviewer', reason: 'x', context: { 'k\udc00': 1 } }, 'context.value.k'],
    number: [{ kind: 'succeeded', output: [Infinity] }, 'output.value.0: must be a number'],
    circle: [{ kind: 'succeeded', output: circle }, 'cannot be written as JSON'],
    bigint: [{ kind: 'succeeded', output: 1n }, 'cannot be written as JSON'],
    huge: [{ kind: 'succeeded', output: 'x'.repeat(1_500_000) }, 'has 1500'],
    usage: [{ kind: 'succeeded', output: 1, usage: { inputTokens: -1 } }, 'inputTokens'],
    fault: [{ kind: 'failed', fault: { code: 'NO code', message: 'x', retryable: true } }, '"code"'],
  };
  it('ends an attempt as failed whose result nobody can take, says why, and has its place free again (faults 1, 2 and 3)', async () => {
    await agentWith(async ({ task }) => (unfit[task.taskId]?.[0] ?? { kind: 'succeeded', output: 1 }) as TaskOutcome);
    for (const taskId of Object.keys(unfit)) swarm.schedule({ taskId, role: 'check' });
    swarm.schedule({ taskId: 'good', role: 'check' });
    const ended = () => swarm.board.facts.filter(({ type }) => type === 'TaskFailed' || type === 'TaskSucceeded');
    await until(() => ended().length === Object.keys(unfit).length + 1);
    for (const [taskId, [, message]] of Object.entries(unfit)) {
      expect(typesOf(taskId)).toEqual(['TaskScheduled', 'TaskLeased', 'TaskFailed']);
      const { data } = ended().find((fact) => fact.data['taskId'] === taskId)!;
      expect(data['fault']).toMatchObject({ message: expect.stringContaining(message), retryable: false });
    }
    expect(typesOf('good')).toContain('TaskSucceeded');
  });

  it('does not repeat a result for ever over which swarm fails, and keeps no place for it (fault 2)', async () => {
    swarm.failing.add('SucceedTask');
    await agentWith(async () => ({ kind: 'succeeded', output: 1 }), {
      ...{ maxConcurrent: 1, timing: { heartbeatMs: 50, answerMs: 300, faultMs: 100 } },
    });
    swarm.schedule({ taskId: 'first', role: 'check' });
    await swarm.until(({ type }) => type === 'TaskFailed');
    swarm.failing.clear();
    swarm.schedule({ taskId: 'second', role: 'check' });
    await swarm.until(({ type }) => type === 'TaskSucceeded');
    expect(typesOf('first')).toEqual(['TaskScheduled', 'TaskLeased', 'TaskFailed']);
  });

  it.each([
    ['28 no JSON', 'work, please', 'not JSON'],
    ['29 of another shape', { attempt: 'first' }, 'not an offer: attempt'],
    ['31 for another role than its subject', { role: 'reviewer' }, 'not an offer: role is not that of its subject'],
  ])('gives up for good what is %s, with the reason, and works on', async (_, wrong, reason) => {
    const handled: string[] = [];
    await agentWith(async ({ task }) => {
      handled.push(task.taskId);
      return { kind: 'succeeded', output: null };
    });
    const attempt = { runId: newId(), taskId: 'x', attempt: 1, role: 'check' };
    const offer = { ...attempt, input: { value: 1 }, priority: 0, leaseMs: 1_000, timeoutMs: 1_000 };
    swarm.offerRaw('check', typeof wrong === 'string' ? wrong : JSON.stringify({ ...offer, ...wrong }));
    await until(() => swarm.terminated.length > 0);
    expect(swarm.terminated).toEqual([reason]);
    swarm.schedule({ taskId: 'good', role: 'check' });
    await swarm.until(({ type }) => type === 'TaskSucceeded');
    expect(handled).toEqual(['good']);
  });

  it('bounds a flood of log lines and says so', async () => {
    await agentWith(async ({ log }) => {
      for (let n = 0; n < 200_000; n++) log(`line ${n} ${'x'.repeat(500)}`);
      return { kind: 'succeeded', output: null };
    });
    swarm.schedule({ taskId: 'flood', role: 'check' });
    await until(() => /more lines were not kept/.test(swarm.lines.at(-1) ?? ''));
    expect(swarm.lines.join('').length).toBeLessThan(1_100_000);
  });
});
