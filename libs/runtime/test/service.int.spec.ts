import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ids, newId, subjects, type CommandAnswer, type ViewDelta, type ViewPage } from '@agencyos/contracts';
import { until } from '@agencyos/testing';
import { startTestServers, type TestServers } from '@agencyos/testing/servers';
import type { NatsConnection } from '@nats-io/transport-node';
import { readConfig, startService, type RunningService } from '../src/index.js';
import { agentService, failing, seen } from './agent-service.js';

const register = (agentId: string, roles: string[] = ['check'], build = '1') => ({
  id: newId(),
  type: 'RegisterAgent',
  data: { agentId, kind: 'command', roles, build, maxConcurrent: 1 },
});

let servers: TestServers;
let running: RunningService;
let gateway: NatsConnection;

const start = (version = 1) =>
  startService('swarm', () => agentService(version), {}, readConfig('swarm', servers.environment('swarm')));
const asGateway = { metadata: { actor: 'user:01900000-0000-7000-8000-0000000000aa', permissions: ['run:operate'] } };
const send = async <T = CommandAnswer>(body: unknown, by = gateway, sender = 'gateway') =>
  (await by.request(subjects.command('swarm', 'agent', sender), JSON.stringify(body), { timeout: 5_000 })).json<T>();
const page = async () =>
  (
    await gateway.request(subjects.query('swarm', 'agents', 'gateway'), JSON.stringify({ id: 'all' }), { timeout: 5_000 })
  ).json<ViewPage>();

beforeAll(async () => {
  servers = await startTestServers();
  running = await start();
  gateway = await servers.connect('gateway');
});

afterAll(async () => {
  await gateway?.close();
  await running?.stop();
  await servers?.stop();
});

describe('a service on real NATS and PostgreSQL', () => {
  it('answers a command once it is durable, and a repetition with the same answer', async () => {
    const command = { ...register('one'), ...asGateway };
    const first = await send(command);
    expect(first).toMatchObject({ id: command.id, stream: 'agent-one', revision: 0, position: expect.any(String) });
    expect(await send(command)).toEqual(first);
    expect(await send({ ...command, data: { ...command.data, build: '2' } })).toMatchObject({
      problem: { code: 'idempotency_conflict', status: 422 },
    });
    const recorded = [];
    for await (const event of running.runtime.store.read('agent-one')) recorded.push(event);
    expect(recorded).toHaveLength(1);
    expect(recorded[0]).toMatchObject({
      id: ids.event(command.id, 'agent-one', 0),
      metadata: { commandId: command.id, actor: asGateway.metadata.actor, depth: 0, correlationId: command.id },
    });
  });

  it('answers each command of a list in its place', async () => {
    const body = [
      { ...register('list-a'), ...asGateway },
      { ...register('list-b', ['check'], 'refused'), ...asGateway },
      { ...register('list-c'), ...asGateway },
    ];
    const answers = await send<CommandAnswer[]>(body);
    expect(answers.map(({ id }) => id)).toEqual(body.map(({ id }) => id));
    expect(answers).toMatchObject([{ revision: 0 }, { problem: { code: 'closed', status: 409 } }, { revision: 0 }]);
    await until(
      () => running.runtime.database.query('SELECT code FROM refusal WHERE command_id = $1', [body[1]!.id]) as Promise<unknown[]>,
      (rows) => rows.length === 1,
    );
  });

  it('takes identity from the credential and refuses what is not allowed', async () => {
    expect(await send(register('nobody'))).toMatchObject({ problem: { code: 'forbidden', status: 403 } });
    const agent = await servers.connect('agent_command-1');
    expect(await send(register('command-1'), agent, 'agent_command-1')).toMatchObject({ revision: 0 });
    expect(await send({ ...register('command-1'), ...asGateway }, agent, 'agent_command-1')).toMatchObject({
      problem: { code: 'forbidden' },
    });
    await agent.close();
  });

  it('keeps the person on whose behalf a service asked, where it refuses (fault 13)', async () => {
    const kanban = await servers.connect('kanban');
    const onBehalfOf = asGateway.metadata.actor;
    const asked = { ...register('of-a-person'), metadata: { onBehalfOf } };
    expect(await send(asked, kanban, 'kanban')).toMatchObject({ problem: { code: 'forbidden' } });
    const [row] = await until(
      () =>
        running.runtime.database.query('SELECT actor, type, code FROM refusal WHERE command_id = $1', [asked.id]) as Promise<
          unknown[]
        >,
      (rows) => rows.length === 1,
    );
    expect(row).toEqual({ actor: onBehalfOf, type: 'RegisterAgent', code: 'forbidden' });
    await kanban.close();
  });

  it('answers what has anything where an id belongs, and writes down who sent it, not who it claims to be (fault 13)', async () => {
    const agent = await servers.connect('agent_command-1');
    const noText = { toString: 1, valueOf: 1 };
    const claims = { ...register('command-1'), metadata: { actor: 'user:01900000-0000-7000-8000-0000000000aa' } };
    const junk = { ...register('command-1'), data: { agentId: noText } };
    const answers = await send<CommandAnswer[]>([{ id: noText }, junk, claims], agent, 'agent_command-1');
    expect(answers).toMatchObject([
      { id: '', problem: { code: 'invalid' } },
      { id: junk.id, problem: { code: 'invalid' } },
      { id: claims.id, problem: { code: 'forbidden' } },
    ]);
    const rows = await until(
      () =>
        running.runtime.database.query('SELECT actor, stream FROM refusal WHERE command_id = ANY ($1) ORDER BY stream', [
          [junk.id, claims.id],
        ]) as Promise<unknown[]>,
      (found) => found.length === 2,
    );
    expect(rows).toEqual([
      { actor: 'agent:command-1', stream: '' },
      { actor: 'agent:command-1', stream: 'agent-command-1' },
    ]);
    await agent.close();
  });

  it('handles so many commands of one agent at once, and the others when they come again (fault 16)', async () => {
    const agent = await servers.connect('agent_command-1');
    const list = () => Array.from({ length: 100 }, (_, n) => register(`flood-${n}`));
    const lists = await Promise.all(Array.from({ length: 5 }, () => send<CommandAnswer[]>(list(), agent, 'agent_command-1')));
    const codes = new Set(lists.flat().map((answer) => ('problem' in answer ? answer.problem.code : 'accepted')));
    expect(codes).toContain('too_many_requests');
    const [again] = await send<CommandAnswer[]>(list(), agent, 'agent_command-1');
    expect(again).not.toMatchObject({ problem: { code: 'too_many_requests' } });
    await agent.close();
  });

  it("answers a request below its sender's own inbox only (fault 7)", async () => {
    const listener = await servers.connect('test');
    const heard: string[] = [];
    for (const place of ['agencyos.evt.>', '_INBOX_kanban.>'])
      listener.subscribe(place, { callback: (_error, message) => void heard.push(message.string()) });
    await listener.flush();
    for (const reply of ['agencyos.evt.approvals.approval.ApprovalGranted.x', '_INBOX_kanban.x'])
      for (const subject of [subjects.command('swarm', 'agent', 'gateway'), subjects.query('swarm', 'agents', 'gateway')])
        gateway.publish(subject, JSON.stringify({ ...register('misdirected'), ...asGateway }), { reply });
    expect(await send({ ...register('directed'), ...asGateway })).toMatchObject({ revision: 0 });
    await page();
    await listener.flush();
    expect(heard).toEqual([]);
    expect(await Array.fromAsync(running.runtime.store.read('agent-misdirected'))).toEqual([]);
    await listener.close();
  });

  it('keeps derived ids for services, and an answer for who got it (fault 9)', async () => {
    const agent = await servers.connect('agent_command-1');
    const cause = ids.event(newId(), 'agent-original', 0);
    const taken = ids.reactionCommand(cause, 'copy', 0);
    const fromAgent = await send({ ...register('command-1'), id: taken }, agent, 'agent_command-1');
    expect(fromAgent).toMatchObject({ id: taken, problem: { code: 'invalid', status: 422, field: 'id' } });
    expect(await send({ ...register('person'), id: taken, ...asGateway })).toMatchObject({
      problem: { code: 'invalid', field: 'id' },
    });
    const seeded = { metadata: { actor: 'system:setup', permissions: ['run:operate'] } };
    expect(await send({ ...register('seeded'), id: taken, ...seeded })).toMatchObject({ revision: 0 });
    await agent.close();

    const command = { ...register('shared'), ...asGateway };
    expect(await send(command)).toMatchObject({ revision: 0 });
    const other = { ...command, metadata: { ...asGateway.metadata, actor: 'user:01900000-0000-7000-8000-0000000000bb' } };
    expect(await send(other)).toMatchObject({
      problem: { code: 'idempotency_conflict', detail: expect.stringContaining('someone else') },
    });
    const answers = await running.runtime.store.answers([command.id]);
    expect(answers).toMatchObject([{ principal: asGateway.metadata.actor }]);
  });

  it('answers what is not JSON, not a command or not valid with the reason', async () => {
    const raw = await gateway.request(subjects.command('swarm', 'agent', 'gateway'), 'not json', { timeout: 5_000 });
    expect(raw.json()).toMatchObject({ problem: { code: 'invalid', status: 400 } });
    const tooDeep = await gateway.request(subjects.command('swarm', 'agent', 'gateway'), '['.repeat(200_000), { timeout: 5_000 });
    expect(tooDeep.json()).toMatchObject({ problem: { code: 'too_deep', status: 400, limit: 64 } });
    const query = await gateway.request(subjects.query('swarm', 'agents', 'gateway'), JSON.stringify({ id: 'a\0' }), {
      timeout: 5_000,
    });
    expect(query.json()).toMatchObject({ problem: { code: 'invalid', field: 'id' } });
    expect(await send({ ...register('x'), surprise: 1 })).toMatchObject({ problem: { code: 'invalid', field: 'surprise' } });
    const bad = { ...register('x'), ...asGateway };
    expect(await send({ ...bad, data: { ...bad.data, maxConcurrent: 0 } })).toMatchObject({
      problem: { field: 'maxConcurrent', limit: 1 },
    });
    expect(await send({ ...bad, id: newId(), type: 'DropEverything' })).toMatchObject({ problem: { code: 'not_found' } });
    const deep = { ...bad, id: newId(), metadata: { ...bad.metadata, depth: 33 } };
    expect(await send(deep)).toMatchObject({ problem: { code: 'causation_too_deep' } });
  });

  it('projects rows, publishes deltas and serves snapshots at the same revision', async () => {
    const deltas: ViewDelta[] = [];
    const subscription = gateway.subscribe(subjects.view('agents', 'all'), {
      callback: (_, message) => void deltas.push(message.json()),
    });
    await gateway.flush();
    const answer = (await send({ ...register('shown'), ...asGateway })) as { position: string };
    const delta = await until(
      () => deltas.find(({ ops }) => ops.some(({ key }) => key === 'agent/shown')),
      (found) => found !== undefined,
    );
    expect(delta!.to).toBeGreaterThanOrEqual(Number(answer.position));
    const snapshot = await page();
    expect(snapshot.epoch).toBe(delta!.epoch);
    expect(snapshot.revision).toBeGreaterThanOrEqual(delta!.to);
    expect(snapshot.rows['agent/shown']).toMatchObject({ times: 1 });
    subscription.unsubscribe();
  });

  it('reacts to a fact once, with a command whose cause is the fact', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const metadata = { ...asGateway.metadata, traceparent: `00-${traceId}-b7ad6b7169203331-01` };
    const command = { ...register('original'), metadata };
    await send(command);
    await until(page, ({ rows }) => 'agent/copy-original' in rows);
    const [copy] = await Array.fromAsync(running.runtime.store.read('agent-copy-original'));
    const cause = ids.event(command.id, 'agent-original', 0);
    expect(copy).toMatchObject({
      metadata: {
        causationId: cause,
        correlationId: command.id,
        depth: 1,
        commandId: ids.reactionCommand(cause, 'copy', 0),
        actor: 'service:swarm',
      },
    });
    // One trace from the first command over its event to the command that follows from it, each a span of its own.
    const [original] = await Array.fromAsync(running.runtime.store.read('agent-original'));
    const traces = [metadata, original!.metadata, copy!.metadata].map(({ traceparent }) => traceparent!.split('-'));
    expect(traces.map(([, trace]) => trace)).toEqual([traceId, traceId, traceId]);
    expect(new Set(traces.map(([, , span]) => span)).size).toBe(3);
  });

  it('fires a timer as a command', async () => {
    await send({ ...register('timed'), ...asGateway });
    await until(page, ({ rows }) => 'agent/fired' in rows);
    await until(
      () => running.runtime.database.query('SELECT * FROM timer') as Promise<unknown[]>,
      (rows) => rows.length === 0,
    );
  });

  it('parks a fact it cannot handle with the later ones of its stream, others go on, and a retry resumes in order', async () => {
    failing.add('poison');
    await send({ ...register('poison'), ...asGateway });
    await send({ ...register('poison', ['other']), ...asGateway });
    await send({ ...register('healthy'), ...asGateway });
    await until(page, ({ rows }) => 'agent/copy-healthy' in rows);
    const parked = await until(
      async () => (await running.runtime.consumers.parked()).parked,
      (facts) => facts.length === 2,
    );
    expect(parked.map(({ fact }) => fact.revision)).toEqual([0, 1]);
    expect(parked[0]!.cause).toContain('cannot react to poison');
    failing.clear();
    expect(await running.runtime.consumers.retryParked({})).toEqual({ passed: 2, left: 0, rebuilt: [] });
    expect(seen.filter((name) => name.startsWith('poison@'))).toEqual(['poison@0', 'poison@1']);
  });

  it('shows, reacts to and sets timers by facts of before, cleaned; the log keeps them as they are (faults 1 and 2)', async () => {
    const { recorded, database } = running.runtime;
    const record = async (agentId: string, expectedRevision: number, wrong: object) => {
      const id = newId();
      const stream = `agent-${agentId}`;
      const data = { agentId, kind: 'command', roles: ['check'], build: '1', maxConcurrent: 1, ...wrong };
      const metadata = {
        ...{
          commandId: id,
          commandDigest: 'sha256:of-then',
          correlationId: 'c\0\ud83d',
          causationId: '\udc00',
          actor: 'user:1',
          depth: 0,
        },
        recordedAt: '2026-11-22T09:30:00.000Z',
      };
      const events = [{ id: ids.event(id, stream, 0), type: 'AgentRegistered', schema: 1, data, metadata }];
      const commands = [{ commandId: id, principal: 'user:1', digest: 'sha256:of-then', revision: expectedRevision + 1 }];
      expect(await recorded.append({ stream, expectedRevision, events, commands })).toMatchObject({ status: 'appended' });
      return { data, metadata };
    };
    const shown = await record('of-before', -1, { roles: ['check\0', '\ud83d'] });
    await record('timed', 0, { build: 'a\0b\ud83d', 'more\0': '\0' });
    const { rows } = await until(
      page,
      (view) => 'agent/of-before' in view.rows && (view.rows['agent/timed'] as { times: number }).times === 2,
    );
    expect(rows['agent/of-before']).toMatchObject({ roles: ['check\ufffd', '\ufffd'] });
    await until(
      () => seen,
      (names) => names.includes('timed@1'),
    );
    await until(
      () => database.query('SELECT * FROM timer') as Promise<unknown[]>,
      (left) => left.length === 0,
    );
    expect(await running.runtime.consumers.parked()).toMatchObject({ parked: [] });
    expect(await Array.fromAsync(recorded.read('agent-of-before'))).toMatchObject([shown]);
    // A command of today on a stream with such a fact, and its repetition.
    const command = { ...register('of-before', ['other']), ...asGateway };
    const answer = await send(command);
    expect(answer).toMatchObject({ revision: 1 });
    expect(await send(command)).toEqual(answer);
    // A replica that stops with this in hand leaves it to the next, and what was seen is then seen again.
    await until(page, (view) => 'agent/copy-of-before' in view.rows);
  });

  it('hands over to another replica without leaving a request unanswered', async () => {
    const next = await start();
    const unanswered: unknown[] = [];
    let stopped = false;
    const asking = Array.from({ length: 32 }, async () => {
      while (!stopped) await page().catch((error: unknown) => unanswered.push(error));
    });
    await running.stop();
    running = next;
    stopped = true;
    await Promise.all(asking);
    expect(unanswered).toEqual([]);
  });

  it('goes on where it stopped, and builds a new version of a view beside the old', async () => {
    const before = await page();
    await running.stop();
    running = await start(2);
    const after = await until(page, ({ epoch }) => epoch !== before.epoch);
    expect(Object.keys(after.rows).sort()).toEqual(Object.keys(before.rows).sort());
    expect(after.rows['agent/shown']).toMatchObject({ times: 1, version: 2 });
    const repeats = seen.filter((name, index) => seen.indexOf(name) !== index);
    expect(repeats).toEqual([]);
    await send({ ...register('afterwards'), ...asGateway });
    await until(page, ({ rows }) => 'agent/copy-afterwards' in rows);
  });

  it('shows again what PostgreSQL forgot when it was killed', async () => {
    const { database } = running.runtime;
    await database.query(`ALTER SYSTEM SET wal_writer_delay = '10s'`);
    await database.query('SELECT pg_reload_conf()');
    const before = await page();
    const deltas = gateway.subscribe(subjects.view('agents', 'all'));
    await gateway.flush();
    await send({ ...register('last'), ...asGateway });
    for await (const delta of deltas) if (delta.string().includes('agent/copy-last')) break;
    await servers.restartPostgres();
    const shown = () => page().catch(() => before);
    await until(shown, ({ rows }) => 'agent/copy-last' in rows);
  });

  it('tells readiness and metrics', async () => {
    for (const path of ['live', 'started', 'self']) expect((await fetch(`${running.url}/health/${path}`)).status).toBe(200);
    running.runtime.readiness.started = false;
    expect((await fetch(`${running.url}/health/started`)).status).toBe(503);
    expect(await (await fetch(`${running.url}/health/ready`)).json()).toEqual({ status: 'ok', missing: [] });
    expect(await (await fetch(`${running.url}/metrics`)).text()).toContain(
      'agencyos_commands_total{type="RegisterAgent",outcome="accepted"',
    );
  });

  it('answers what it has in hand before it ends, also when the log fails just then', async () => {
    const { store } = running.runtime;
    const append = store.append.bind(store);
    let fail: (error: Error) => void;
    const failing = new Promise<never>((_, reject) => (fail = reject));
    const appends = jest.spyOn(store, 'append').mockReturnValueOnce(failing).mockImplementation(append);
    const answer = send({ ...register('in-hand'), ...asGateway });
    await until(() => appends.mock.calls.length > 0);
    const stopped = running.stop();
    fail!(new Error('Connection terminated'));
    expect(await answer).toMatchObject({ stream: 'agent-in-hand', revision: 0 });
    await stopped;
  });
});
