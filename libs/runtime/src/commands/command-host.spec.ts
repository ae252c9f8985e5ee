import { ids, LIMITS, newId, type CommandAnswer, type CommandMessage, type Problem } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Logger } from '../logger.js';
import type { Metrics } from '../metrics.js';
import { TookTooLong } from '../within.js';
import type { AggregateHost } from './aggregate-host.js';
import { CommandHost, type RefusedCommand } from './command-host.js';
import type { Pending } from './decide-batch.js';

let host: CommandHost;
let executed: { command: Pending['command']; digest: string }[];
let execute: () => Promise<{ stream: string; revision: number; position: bigint; repeated: boolean }>;
let refusals: RefusedCommand[];
let counted: { type: string; outcome: string }[];
let logged: [level: string, fields: Record<string, unknown>][];
let took: [type: string, seconds: number][];

beforeEach(() => {
  [executed, refusals, counted, logged, took] = [[], [], [], [], []];
  execute = async () => ({ stream: 'run-1', revision: 4, position: 17n, repeated: false });
  const run = {
    streamOf: ({ runId }: Record<string, unknown>) => {
      if (typeof runId !== 'string') throw new Error('no id');
      return `run-${runId}`;
    },
    execute: (command: Pending['command'], digest: string) => {
      executed.push({ command, digest });
      return execute();
    },
  } as unknown as AggregateHost;
  const types = ['CancelRun', 'StartRun', 'ReleaseTask', 'RegisterAgent', 'ExpireApproval'];
  const hosts = new Map(types.map((type) => [type, run]));
  const log = (level: string) => (fields: Record<string, unknown>) => void logged.push([level, fields]);
  host = new CommandHost('swarm', hosts, {
    logger: { error: log('error'), warn: log('warn'), debug: log('debug') } as unknown as Logger,
    metrics: {
      commands: { inc: (labels: (typeof counted)[number]) => void counted.push(labels) },
      commandSeconds: { observe: ({ type }: { type: string }, seconds: number) => void took.push([type, seconds]) },
    } as unknown as Metrics,
    recordRefusal: (refusal) => void refusals.push(refusal),
  });
});

const runId = newId();
const cancel = (more: Partial<CommandMessage> = {}): CommandMessage => ({
  id: newId(),
  type: 'CancelRun',
  data: { runId, reason: 'enough' },
  ...more,
});
const byPerson = { actor: 'user:one', roles: ['operator'], permissions: ['run:operate'] } as CommandMessage['metadata'];
const receive = async (message: unknown, sender = 'gateway', aggregate?: string) =>
  (await host.receive(message, sender, aggregate)) as CommandAnswer & { problem?: Problem };
const codeOf = async (message: unknown, sender?: string, aggregate?: string) =>
  (await receive(message, sender, aggregate)).problem?.code;

describe('a command message', () => {
  it('is answered within what a message carries, whatever its id and its names (fault 4)', async () => {
    const long = 'x'.repeat(900_000);
    for (const message of [
      { ...cancel(), id: long },
      { ...cancel(), [long]: 1 },
      cancel({ metadata: byPerson, data: { runId, [long]: 1 } }),
    ]) {
      const answer = await receive(message);
      expect(answer.problem).toMatchObject({ status: 422, code: 'invalid' });
      expect(JSON.stringify(answer).length).toBeLessThan(4_000);
    }
  });

  it('is answered with where its events stand', async () => {
    const message = cancel({ metadata: byPerson });
    expect(await receive(message)).toEqual({ id: message.id, stream: 'run-1', revision: 4, position: '17' });
    expect(executed[0]!.command).toMatchObject({ type: 'CancelRun', data: { runId, reason: 'enough' } });
    expect(counted).toEqual([{ type: 'CancelRun', outcome: 'accepted' }]);
    expect([refusals, logged]).toEqual([[], []]);
  });

  it('is measured in seconds, by its type', async () => {
    await receive(cancel({ metadata: byPerson }));
    await receive({ id: 'x', type: 'Nothing', data: {} });
    expect(took.map(([type]) => type)).toEqual(['CancelRun', 'unknown']);
    for (const [, seconds] of took) {
      expect(seconds).toBeGreaterThan(0);
      expect(seconds).toBeLessThan(1);
    }
  });

  it('is counted as repeated where it was answered before', async () => {
    execute = async () => ({ stream: 'run-1', revision: 4, position: 17n, repeated: true });
    await receive(cancel({ metadata: byPerson }));
    expect(counted).toEqual([{ type: 'CancelRun', outcome: 'repeated' }]);
  });

  it('has the digest of its type and data, and of nothing else', async () => {
    await receive(cancel({ metadata: byPerson }));
    await receive(cancel({ metadata: { ...byPerson, actor: 'user:two' } }));
    await receive(cancel({ metadata: byPerson, data: { reason: 'enough', runId } }));
    await receive(cancel({ metadata: byPerson, data: { runId, reason: 'other' } }));
    const digests = executed.map(({ digest }) => digest);
    expect(new Set(digests).size).toBe(2);
    expect(digests.slice(0, 3)).toEqual([digests[0], digests[0], digests[0]]);
  });

  it.each([
    ['is none', 'text', ''],
    ['is nothing', null, ''],
    ['has no id', { type: 'CancelRun', data: {} }, ''],
    ['has an id of another kind', { id: 5, type: 'CancelRun', data: {} }, ''],
    ['has no data', { id: 'x', type: 'CancelRun' }, 'x'],
  ])('that %s is refused, and no row says so', async (_, body, id) => {
    expect(await receive(body)).toMatchObject({ id, problem: { code: 'invalid' } });
    expect(refusals).toEqual([]);
    expect(counted).toEqual([{ type: 'unknown', outcome: 'invalid' }]);
  });

  it('with what no command may hold is refused before it is looked at, in its data and beside it', async () => {
    expect(await receive(cancel({ metadata: byPerson, data: { runId, reason: 'a\u0000b' } }))).toMatchObject({
      problem: { code: 'invalid', field: 'reason' },
    });
    const metadata = { ...byPerson, traceparent: 'a\u0000b' };
    expect(await receive(cancel({ metadata }))).toMatchObject({ problem: { code: 'invalid', field: 'metadata.traceparent' } });
    expect(executed).toEqual([]);
  });

  it.each([
    ['unknown to the contracts', { type: 'Nothing' }, undefined],
    ['of another service', { type: 'MoveCards' }, undefined],
    ['of another aggregate than it was sent to', {}, 'agent'],
  ])('%s is not found here', async (_, more, aggregate) => {
    expect(await receive(cancel({ metadata: byPerson, ...more }), 'gateway', aggregate)).toMatchObject({
      problem: { code: 'not_found', status: 404, detail: expect.stringMatching(/^No command \w+ here\.$/) },
    });
    expect(executed).toEqual([]);
  });

  it('is taken by the aggregate that it was sent to', async () => {
    expect(await codeOf(cancel({ metadata: byPerson }), 'gateway', 'run')).toBeUndefined();
  });

  it('of a form that its schema refuses names the field', async () => {
    expect(await receive(cancel({ metadata: byPerson, data: { runId: 'none' } }))).toMatchObject({
      problem: { code: 'invalid', field: 'runId' },
    });
  });

  it('that causes one another too deeply is refused, at one more than the limit', async () => {
    const deep = (depth: number) => codeOf(cancel({ metadata: { depth } }), 'swarm');
    expect(await deep(LIMITS.depth)).toBeUndefined();
    expect(await deep(LIMITS.depth + 1)).toBe('causation_too_deep');
    expect((await receive(cancel({ metadata: { depth: LIMITS.depth + 1 } }), 'swarm')).problem).toMatchObject({
      limit: LIMITS.depth,
    });
  });

  it('with a derived id is for services: nobody else takes the place of what they derive', async () => {
    const id = ids.timerCommand(newId(), 'deadline');
    expect(await receive(cancel({ id, metadata: byPerson }))).toMatchObject({ problem: { code: 'invalid', field: 'id' } });
    expect(await codeOf(cancel({ id }), 'swarm')).toBeUndefined();
    expect(await codeOf(cancel({ id, metadata: { ...byPerson, actor: 'system:installation' as never } }))).toBeUndefined();
  });
});

describe('several commands in one request', () => {
  it('are answered each in its place', async () => {
    const messages = [cancel({ metadata: byPerson }), cancel(), cancel({ metadata: byPerson })];
    const answers = (await host.receive(messages, 'gateway')) as CommandAnswer[];
    expect(answers.map(({ id }) => id)).toEqual(messages.map(({ id }) => id));
    expect(answers.map((answer) => 'problem' in answer)).toEqual([false, true, false]);
    expect(await host.receive([], 'gateway')).toEqual([]);
  });

  it('are as many as the limit says, and not one more', async () => {
    const many = (count: number) => Array.from({ length: count }, () => cancel({ metadata: byPerson }));
    expect(await host.receive(many(LIMITS.commandsPerRequest), 'gateway')).toHaveLength(LIMITS.commandsPerRequest);
    expect(await receive(many(LIMITS.commandsPerRequest + 1))).toMatchObject({
      id: '',
      problem: {
        code: 'invalid',
        limit: LIMITS.commandsPerRequest,
        detail: expect.stringContaining(String(LIMITS.commandsPerRequest)),
      },
    });
    expect(executed).toHaveLength(LIMITS.commandsPerRequest);
  });

  it('of an agent with too many in hand are not looked at: they may come again', async () => {
    let go = () => undefined as void;
    const held = new Promise<void>((resolve) => (go = resolve));
    execute = async () => {
      await held;
      return { stream: 'agent-1', revision: 0, position: 1n, repeated: false };
    };
    const data = { agentId: 'command-1', kind: 'command', roles: ['builder'], build: '1', maxConcurrent: 1 };
    const many = () => Array.from({ length: 100 }, () => ({ id: newId(), type: 'RegisterAgent', data }));
    const first = [host.receive(many(), 'agent_command-1'), host.receive(many(), 'agent_command-1')];
    const last = many().slice(0, 2);
    const answers = (await host.receive(last, 'agent_command-1')) as CommandAnswer[];
    expect(answers).toMatchObject(
      last.map(({ id }) => ({
        id,
        problem: {
          ...{ code: 'too_many_requests', status: 429, retryAfterMs: 1_000 },
          detail: expect.stringContaining('then send it again'),
        },
      })),
    );
    go();
    await Promise.all(first);
    expect(executed).toHaveLength(200);
    expect(await codeOf(last[0], 'agent_command-1')).toBeUndefined();
  });
});

describe('who sends a command', () => {
  const metadataOf = async (message: CommandMessage, sender: string) => {
    await receive(message, sender);
    return executed.at(-1)?.command.metadata;
  };

  it('is whom the gateway says, with their roles and permissions', async () => {
    const message = cancel({
      metadata: { ...byPerson, stepUp: 'totp', onBehalfOf: 'user:two', causationId: runId, correlationId: runId, depth: 2 },
    });
    expect(await metadataOf(message, 'gateway')).toEqual({
      ...{
        commandId: message.id,
        now: '',
        level: 0,
        sender: 'gateway',
        stepUp: 'totp',
        correlationId: runId,
        causationId: runId,
        depth: 2,
      },
      ...{ actor: 'user:one', roles: ['operator'], permissions: ['run:operate'], onBehalfOf: 'user:two' },
    });
  });

  it('is the gateway itself where it names nobody, and has no permission of anybody', async () => {
    const data = { runId, workflowId: 'w', input: { value: {} }, cause: { kind: 'setup' } };
    expect(await metadataOf({ id: newId(), type: 'StartRun', data }, 'gateway')).toMatchObject({
      ...{ actor: 'service:gateway', roles: [], permissions: [], stepUp: 'none' },
    });
    // For somebody else it has only what that one may.
    const metadata = { ...byPerson, permissions: [] };
    expect(await codeOf({ id: newId(), type: 'StartRun', data, metadata }, 'gateway')).toBe('forbidden');
    expect(await codeOf(cancel(), 'gateway')).toBe('forbidden');
    expect(refusals.at(-1)).toMatchObject({ actor: 'service:gateway' });
  });

  it('is the service whose credential it is, for whom it says', async () => {
    const message = cancel({ metadata: { onBehalfOf: 'user:two' } });
    expect(await metadataOf(message, 'kanban')).toEqual({
      ...{
        commandId: message.id,
        now: '',
        level: 0,
        sender: 'kanban',
        stepUp: 'none',
        correlationId: message.id,
        causationId: message.id,
        depth: 0,
      },
      ...{ actor: 'service:kanban', roles: [], permissions: [], onBehalfOf: 'user:two' },
    });
  });

  it('is the agent whose credential it is, for nobody else', async () => {
    const data = { agentId: 'command-1', kind: 'command', roles: ['builder'], build: '1', maxConcurrent: 1 };
    const register = (metadata?: CommandMessage['metadata']) => ({
      id: newId(),
      type: 'RegisterAgent',
      data,
      ...(metadata && { metadata }),
    });
    expect(await metadataOf(register(), 'agent_command-1')).toMatchObject({
      actor: 'agent:command-1',
      roles: [],
      permissions: expect.arrayContaining(['task:work']),
    });
    expect(await receive(register({ onBehalfOf: 'user:two' }), 'agent_command-1')).toMatchObject({
      problem: { code: 'forbidden', field: 'metadata.onBehalfOf' },
    });
  });

  it.each([
    ['actor', 'user:one'],
    ['roles', ['admin']],
    ['permissions', ['run:operate']],
    ['stepUp', 'totp'],
  ])('follows from the credential, whatever %s the message states', async (field, value) => {
    for (const sender of ['kanban', 'agent_command-1']) {
      expect(await receive(cancel({ metadata: { [field]: value } }), sender)).toMatchObject({
        problem: { code: 'forbidden', field: 'metadata.actor', detail: 'Who you are follows from your credential.' },
      });
    }
    expect(executed).toEqual([]);
  });
});

describe('what a command needs', () => {
  it('is one of its permissions', async () => {
    expect(await codeOf(cancel({ metadata: { ...byPerson, permissions: ['board:write'] } }))).toBe('forbidden');
    expect(await codeOf(cancel({ metadata: { ...byPerson, permissions: ['board:write', 'run:operate'] } }))).toBeUndefined();
    const { problem } = await receive(cancel({ metadata: { ...byPerson, permissions: [] } }));
    expect(problem!.detail).toBe('CancelRun needs run:operate.');
  });

  it('is to be one of the services that may send it, or the one that decides it', async () => {
    for (const sender of ['kanban', 'swarm']) expect(await codeOf(cancel(), sender)).toBeUndefined();
    for (const sender of ['healer', 'gateway']) expect(await codeOf(cancel(), sender)).toBe('forbidden');
    const expire = { id: newId(), type: 'ExpireApproval', data: { approvalId: newId() } };
    expect(await codeOf(expire, 'approvals')).toBeUndefined();
    expect((await receive(expire, 'healer')).problem!.detail).toBe('ExpireApproval is for services only.');
  });

  it('is to be the one that decides it where no service may send it', async () => {
    const release = { id: newId(), type: 'ReleaseTask', data: { runId, taskId: 'a', attempt: 1, why: 'drain' } };
    expect(await codeOf(release, 'swarm')).toBeUndefined();
    expect((await receive(release, 'healer')).problem).toMatchObject({
      ...{ code: 'forbidden', detail: 'ReleaseTask needs task:work.' },
    });
    const data = { agentId: 'a', kind: 'command', roles: ['builder'], build: '1', maxConcurrent: 1 };
    const metadata = { ...byPerson, permissions: [] };
    expect((await receive({ id: newId(), type: 'RegisterAgent', data, metadata })).problem!.detail).toBe(
      'RegisterAgent needs task:work or run:operate.',
    );
  });

  it('is not had by speaking for somebody else than the sender', async () => {
    expect(await codeOf(cancel({ metadata: { actor: 'service:kanban' as never } }), 'gateway')).toBe('forbidden');
  });
});

describe('a refusal', () => {
  it('is written down with whom it was refused to, and what for', async () => {
    execute = () => Promise.reject(new Rejection('closed', { detail: 'It has ended.' }));
    const message = cancel({ metadata: { ...byPerson, correlationId: runId } });
    expect(await receive(message)).toMatchObject({ problem: { code: 'closed', correlationId: runId } });
    expect(refusals).toEqual([
      {
        commandId: message.id,
        type: 'CancelRun',
        stream: `run-${runId}`,
        actor: 'user:one',
        code: 'closed',
        correlationId: runId,
      },
    ]);
    expect(counted).toEqual([{ type: 'CancelRun', outcome: 'closed' }]);
    expect(logged).toMatchObject([['debug', { command: 'CancelRun', sender: 'gateway', code: 'closed', security: false }]]);
  });

  it('of who may not is a warning, and names no more than the credential shows', async () => {
    await receive(cancel({ metadata: { actor: 'user:boss' } }), 'agent_command-1');
    expect(refusals).toMatchObject([{ actor: 'agent:command-1', code: 'forbidden' }]);
    expect(logged).toMatchObject([['warn', { security: true, code: 'forbidden' }]]);
    await receive(cancel({ metadata: { onBehalfOf: 'user:two' } }), 'healer');
    expect(refusals[1]).toMatchObject({ actor: 'user:two' });
    await receive(cancel({ metadata: { actor: 'user:boss' } }), 'healer');
    expect(refusals[2]).toMatchObject({ actor: 'service:healer' });
  });

  it('of who is not known is a warning, too', async () => {
    execute = () => Promise.reject(new Rejection('unauthenticated', {}, 401));
    await receive(cancel({ metadata: byPerson }));
    expect(logged).toMatchObject([['warn', { security: true }]]);
  });

  it('names the stream as far as it can be told', async () => {
    await receive(cancel({ metadata: byPerson, data: { runId: 'r'.repeat(500) } }));
    await receive(cancel({ metadata: byPerson, data: {} }));
    expect(refusals.map(({ stream }) => stream.length)).toEqual([200, 0]);
  });

  it('leaves no row where the command is none of this service', async () => {
    await receive(cancel({ metadata: byPerson, type: 'MoveCards' }));
    expect(refusals).toEqual([]);
  });
});

describe('a fault', () => {
  it('is told without its reason, which is logged', async () => {
    execute = () => Promise.reject(new Error('a secret place'));
    const answer = await receive(cancel({ metadata: byPerson }));
    expect(answer.problem).toMatchObject({ code: 'internal', status: 500 });
    expect(JSON.stringify(answer)).not.toContain('secret');
    expect(logged).toMatchObject([['error', { command: 'CancelRun', error: { message: 'a secret place' } }]]);
    expect(counted).toEqual([{ type: 'CancelRun', outcome: 'fault' }]);
    expect(refusals).toEqual([]);
  });

  it('of a server that is away says that the same id may come again', async () => {
    execute = () => Promise.reject(new TookTooLong('the log'));
    expect(await receive(cancel({ metadata: byPerson }))).toMatchObject({
      problem: { code: 'busy', status: 503, retryAfterMs: 1_000, detail: expect.stringContaining('Repeat with the same id') },
    });
    expect(counted).toEqual([{ type: 'CancelRun', outcome: 'busy' }]);
  });
});

it('says which commands it handles', () => {
  expect([host.handles('CancelRun'), host.handles('MoveCards')]).toEqual([true, false]);
});
