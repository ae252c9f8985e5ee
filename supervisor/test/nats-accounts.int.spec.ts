import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { connect, createInbox, nkeyAuthenticator, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { Credentials } from '../src/credentials.js';
import { NatsCredentials } from '../src/nats-credentials.js';
import { until } from '../../scripts/until.mjs';
import { startNats, type NatsOfSpec } from './nats.js';

const builtIn = [
  { agentId: 'checker', roles: ['check'] },
  { agentId: 'publisher', roles: ['publish', 'check'] },
];

let nats: NatsOfSpec;
let credentials: NatsCredentials;
let manager: JetStreamManager;
const open: NatsConnection[] = [];
let relay: NatsConnection;
let swarm: NatsConnection;

beforeAll(async () => {
  nats = await startNats(async (instance) => {
    const kept = await Credentials.open(join(instance.folder, 'credentials.json'), builtIn);
    credentials = new NatsCredentials(instance, kept);
    return credentials.prepareStart();
  });
  relay = await connectAs('relay');
  swarm = await connectAs('swarm');
  manager = await jetstreamManager(relay);
  await manager.streams.add({ name: 'EVENTS', subjects: ['agencyos.evt.>'] });
  await manager.streams.add({ name: 'LOGS', subjects: ['agencyos.log.*.*'] });
  await manager.streams.add({ name: 'TASKS', subjects: ['agencyos.task.*'], retention: 'workqueue' });
  for (const role of ['check', 'publish'])
    await manager.consumers.add('TASKS', {
      durable_name: `role-${role}`,
      filter_subject: `agencyos.task.${role}`,
      ack_policy: 'explicit',
    });
  answerWith('{"answered":true}');
});
afterAll(async () => {
  for (const connection of open) await connection.close();
  await nats.stop();
});

async function connectAs(principal: string): Promise<NatsConnection> {
  const service = ['relay', 'swarm', 'gateway'].includes(principal);
  const connection = await connect({
    servers: nats.url,
    waitOnFirstConnect: true,
    authenticator: nkeyAuthenticator(readFileSync(nats.nkeyFile(principal))),
    // Outside the product any client's own default will do.
    ...(service && { inboxPrefix: `_INBOX_${principal}` }),
  });
  open.push(connection);
  return connection;
}

function answerWith(text: string): void {
  const callback = (_error: Error | null, message: Msg) => void message.respond(text);
  for (const subject of ['agencyos.cmd.swarm.*.*', 'agencyos.hb.agent.*']) swarm.subscribe(subject, { queue: 'swarm', callback });
}

const pull = 'CONSUMER.MSG.NEXT.TASKS';
const counts = async () =>
  Promise.all(['EVENTS', 'TASKS'].map(async (name) => (await manager.streams.info(name)).state.messages));

/** What comes back to one pull: an offer, the code of a refusal, or that the server does not take it. */
async function pullOnce(agent: NatsConnection, role: string): Promise<string> {
  const [inbox, subject] = [createInbox(), `$JS.API.${pull}.role-${role}`];
  let answer: string | undefined;
  agent.subscribe(inbox, {
    max: 1,
    callback: (_error, message) => {
      answer = message.headers?.code ? String(message.headers.code) : message.string();
    },
  });
  const statuses = agent.status();
  const watching = (async () => {
    for await (const { type, error } of statuses as AsyncIterable<{ type: string; error?: Error }>)
      if (type === 'error' && error?.message.includes(subject)) answer ??= 'forbidden';
  })();
  agent.publish(subject, '{"batch":1,"no_wait":true}', { reply: inbox });
  const given = await until(() => agent.flush().then(() => answer), Boolean, `an answer to ${subject}`);
  (statuses as unknown as { stop(): void }).stop();
  await watching;
  return given;
}

describe('an agent, in an account of its own', () => {
  it('is answered by swarm and by JetStream, whatever the name of its inbox (fault 7)', async () => {
    const agent = await connectAs('agent_checker');
    const ask = (subject: string) => agent.request(subject, '{}', { timeout: 2_000 });
    expect((await ask('agencyos.cmd.swarm.run.agent_checker')).json()).toEqual({ answered: true });
    expect((await ask('agencyos.hb.agent.checker')).json()).toEqual({ answered: true });
    expect((await ask('agencyos.log.run-1.agent_checker')).json()).toMatchObject({ stream: 'LOGS' });
    const order = new Promise<Msg>((resolve) => {
      agent.subscribe('agencyos.live.agent.checker', {
        max: 1,
        callback: (_error, message) => resolve(message),
      });
    });
    await agent.flush();
    swarm.publish('agencyos.live.agent.checker', '{"stop":1}');
    expect((await order).json()).toEqual({ stop: 1 });
  });

  it('is offered the tasks of its roles and no others, nor can it take them away (fault 8)', async () => {
    const [checker, publisher] = [await connectAs('agent_checker'), await connectAs('agent_publisher')];
    await swarm.request('agencyos.task.publish', '{"secret":"input"}');
    expect(await pullOnce(checker, 'publish')).toBe('forbidden');
    checker.publish('$JS.ACK.TASKS.role-publish.1.1.1.1.1.0', '+ACK');
    expect(await pullOnce(publisher, 'publish')).toContain('secret');
    await swarm.request('agencyos.task.check', '{"for":"both"}');
    expect(await pullOnce(checker, 'check')).toContain('both');
  });

  it('gets no answer put where others listen, on any road (fault 7)', async () => {
    const agent = await connectAs('agent_checker');
    const before = await counts();
    const heard: string[] = [];
    const listener = await connectAs('relay');
    const places = [
      'agencyos.evt.approvals.approval.ApprovalGranted.x',
      '$JS.API.STREAM.PURGE.EVENTS',
      '$JS.API.STREAM.DELETE.LOGS',
      'agencyos.cmd.swarm.run.agent_publisher',
      'agencyos.task.publish',
      '_INBOX_relay.x',
    ];
    for (const subject of ['agencyos.evt.>', '_INBOX_relay.>'])
      listener.subscribe(subject, { callback: (_error, message) => void heard.push(message.subject) });
    await listener.flush();
    const roads = [
      'agencyos.cmd.swarm.run.agent_checker',
      'agencyos.cmd.swarm.agent.agent_checker',
      'agencyos.hb.agent.checker',
      'agencyos.log.run-1',
      'agencyos.live.task.run-1',
      'agencyos.log.run-1.agent_checker',
      'agencyos.live.task.run-1.agent_checker',
      `$JS.API.${pull}.role-check`,
      '$JS.ACK.TASKS.role-check.1.1.1.1.1.0',
      '$JS.API.STREAM.PURGE.EVENTS',
      '$JS.API.INFO',
    ];
    for (const road of roads) for (const reply of places) agent.publish(road, '{}', { reply });
    await agent.flush();
    // Behind all of them on the same connections: what they were to cause has happened.
    await agent.request('agencyos.cmd.swarm.run.agent_checker', '{}', { timeout: 2_000 });
    await swarm.flush();
    await listener.flush();
    expect(heard).toEqual([]);
    expect(await counts()).toEqual(before);
    expect((await manager.streams.info('LOGS')).config.name).toBe('LOGS');
  });

  it('cannot speak as another, not even by name (fault 7)', async () => {
    const agent = await connectAs('agent_checker');
    for (const subject of [
      'agencyos.cmd.swarm.run.agent_publisher',
      'agencyos.hb.agent.publisher',
      'agencyos.log.run-1.agent_publisher',
      'agencyos.live.task.run-1.agent_publisher',
    ])
      await expect(agent.request(subject, '{}', { timeout: 500 })).rejects.toThrow();
  });

  it('gets its name put to what it says of tasks, where it leaves it out (fault 7)', async () => {
    const agent = await connectAs('agent_publisher');
    const gateway = await connectAs('gateway');
    const heard = new Promise<string>((resolve) => {
      gateway.subscribe('agencyos.live.>', { max: 1, callback: (_error, { subject }) => resolve(subject) });
    });
    await gateway.flush();
    agent.publish('agencyos.live.task.run-1', '{}');
    expect(await heard).toBe('agencyos.live.task.run-1.agent_publisher');
    expect((await agent.request('agencyos.log.run-2', '{}', { timeout: 2_000 })).json()).toMatchObject({ stream: 'LOGS' });
    const { state } = await manager.streams.info('LOGS', { subjects_filter: '>' });
    expect(Object.keys(state.subjects ?? {})).toContain('agencyos.log.run-2.agent_publisher');
    expect(Object.keys(state.subjects ?? {})).not.toContain('agencyos.log.run-2');
  });
});

/** What the server says to a key; on a machine that is busy otherwise it may first say that it had no time. */
async function refusalOf(seed: Uint8Array): Promise<string> {
  const options = { servers: nats.url, authenticator: nkeyAuthenticator(seed), reconnect: false };
  const answered = () =>
    connect(options).then(
      (connection) => connection.close().then(() => 'let in'),
      (refusal: Error) => refusal.message,
    );
  return until(answered, (message) => !/timeout/i.test(message));
}

describe('credentials given out while NATS runs', () => {
  it('work over a new connection, and nobody who is connected notices (fault 7)', async () => {
    const lost: string[] = [];
    const watch = (async () => {
      for await (const { type } of swarm.status()) if (type === 'disconnect') lost.push(type);
    })();
    const before = await counts();
    const issued = await credentials.addAgent({ name: 'newcomer', roles: ['publish'] });
    expect(issued).toMatchObject({ principal: 'agent_newcomer', natsUrl: nats.url });
    const agent = await connectAs('agent_newcomer');
    expect((await agent.request('agencyos.cmd.swarm.run.agent_newcomer', '{}')).json()).toEqual({
      answered: true,
    });
    expect(await pullOnce(agent, 'check')).toBe('forbidden');
    expect(await pullOnce(agent, 'publish')).toBe('404'); // nothing waits
    expect(await counts()).toEqual(before);

    await credentials.addAgent({ name: 'newcomer', roles: ['check'] });
    const again = await connectAs('agent_newcomer');
    expect(await pullOnce(again, 'check')).toBe('404');
    expect(await pullOnce(again, 'publish')).toBe('forbidden');
    const old = await connectAs('agent_checker');
    expect((await old.request('agencyos.hb.agent.checker', '{}')).json()).toEqual({ answered: true });
    expect(lost).toEqual([]);
    void watch;
  });

  it('let a subscriber hear its subjects, and say nothing (fault 7)', async () => {
    await credentials.addSubscriber({ name: 'ledger', subjects: ['agencyos.evt.approvals.>'] });
    const subscriber = await connectAs('subscriber_ledger');
    const heard: string[] = [];
    const callback = (_error: Error | null, message: Msg) => void heard.push(message.subject);
    subscriber.subscribe('agencyos.evt.approvals.>', { callback });
    for (const subject of ['agencyos.evt.kanban.>', 'agencyos.view.>', 'agencyos.task.*', '>'])
      subscriber.subscribe(subject, {
        callback: (error, message) => void (error ?? heard.push(message.subject)),
      });
    await subscriber.flush();
    relay.publish('agencyos.evt.kanban.board.CardMoved.x', '{}');
    relay.publish('agencyos.evt.approvals.approval.ApprovalGranted.x', '{}');
    await relay.flush();
    await until(() => subscriber.flush().then(() => heard.length > 0));
    expect(heard).toEqual(['agencyos.evt.approvals.approval.ApprovalGranted.x']);
    const before = await counts();
    for (const subject of ['agencyos.evt.approvals.approval.ApprovalGranted.y', '$JS.API.STREAM.PURGE.EVENTS'])
      subscriber.publish(subject, '{}', { reply: 'agencyos.evt.approvals.approval.ApprovalGranted.z' });
    await subscriber.flush();
    expect(await counts()).toEqual(before);
  });

  it('are taken back: open connections are closed, the key opens nothing, nobody else notices (fault 7)', async () => {
    await credentials.addAgent({ name: 'leaver', roles: ['check'] });
    await credentials.addSubscriber({ name: 'listener', subjects: ['agencyos.evt.approvals.>'] });
    const lost: string[] = [];
    const others = [swarm, await connectAs('agent_newcomer'), await connectAs('subscriber_ledger')];
    const watch = others.map(async (connection) => {
      for await (const { type } of connection.status()) if (type === 'disconnect') lost.push(type);
    });
    for (const [principal, remove] of [
      ['agent_leaver', () => credentials.removeAgent('leaver')],
      ['subscriber_listener', () => credentials.removeSubscriber('listener')],
    ] as const) {
      const seed = readFileSync(nats.nkeyFile(principal));
      const connection = await connectAs(principal);
      const closed = connection.closed();
      expect(await remove()).toBe(true);
      // Closed by the server; the client tries again, and gives up when it was refused twice.
      await closed;
      expect(await refusalOf(seed)).toMatch(/authorization violation/i);
      expect(existsSync(nats.nkeyFile(principal))).toBe(false);
      expect(await remove()).toBe(false);
    }
    // The name again is another key.
    const old = await credentials.addAgent({ name: 'leaver', roles: ['check'] });
    const agent = await connectAs('agent_leaver');
    expect((await agent.request('agencyos.hb.agent.leaver', '{}')).json()).toEqual({ answered: true });
    expect(old.principal).toBe('agent_leaver');
    await credentials.removeAgent('leaver');
    expect(lost).toEqual([]);
    void watch;
  });

  it('are taken back by asking again when it failed halfway', async () => {
    await credentials.addAgent({ name: 'leaver', roles: ['check'] });
    const seed = readFileSync(nats.nkeyFile('agent_leaver'));
    const obstacle = join(nats.folder, 'nats-server.conf.new');
    await mkdir(obstacle); // where the next configuration is to be written
    await expect(credentials.removeAgent('leaver')).rejects.toThrow(/EISDIR/);
    await rm(obstacle, { recursive: true });
    await credentials.removeAgent('leaver');
    expect(await refusalOf(seed)).toMatch(/authorization violation/i);
  });

  it('outlast the program that gave them out', async () => {
    const kept = await Credentials.open(join(nats.folder, 'credentials.json'), builtIn);
    expect(kept.all).toEqual({
      agents: [...builtIn, { agentId: 'newcomer', roles: ['check'] }],
      subscribers: [{ name: 'ledger', subjects: ['agencyos.evt.approvals.>'] }],
    });
  });
});
