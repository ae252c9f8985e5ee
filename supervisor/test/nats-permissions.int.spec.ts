import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { agentsOf, installation } from '@agencyos/contracts/installation';
import {
  connect,
  nkeyAuthenticator,
  PermissionViolationError,
  type NatsConnection,
  type Subscription,
} from '@nats-io/transport-node';
import { agentPrincipal } from '../src/nats-accounts.js';
import { provisionNats } from '../src/nats-config.js';
import { permissionsOf } from '../src/nats-permissions.js';
import { startNats, type NatsOfSpec } from './nats.js';

const services = installation.services.map(({ name }) => name);
const agents = agentsOf(installation).map(({ name }) => agentPrincipal(name));
const everyone: string[] = [...services, ...agents];

let nats: NatsOfSpec;
const connections = new Map<string, NatsConnection>();

beforeAll(async () => {
  const outside = { agents: agentsOf(installation).map(({ name, roles }) => ({ agentId: name, roles })), subscribers: [] };
  nats = await startNats(async (instance) => (await provisionNats({ ...instance, outside })).file);
  for (const name of everyone) connections.set(name, await connectAs(name));
});

afterAll(async () => {
  for (const connection of connections.values()) await connection.close();
  await nats.stop();
});

function connectAs(name: string): Promise<NatsConnection> {
  const seed = readFileSync(nats.nkeyFile(name));
  return connect({
    servers: nats.url,
    authenticator: nkeyAuthenticator(seed),
    inboxPrefix: `_INBOX_${name}`,
    waitOnFirstConnect: true,
    timeout: 60_000, // of a machine that is busy otherwise
  });
}

function connectionOf(name: string): NatsConnection {
  const connection = connections.get(name);
  if (!connection) throw new Error(`not connected: ${name}`);
  return connection;
}

/** The subjects of these which the server refuses, settled by one round trip on the same connection. */
async function refused(name: string, operation: 'publish' | 'subscribe', subjects: string[]): Promise<string[]> {
  const connection = connectionOf(name);
  const found = new Set<string>();
  const statuses = connection.status();
  const watching = (async () => {
    for await (const status of statuses) {
      if (status.type === 'error' && status.error instanceof PermissionViolationError) found.add(status.error.subject);
    }
  })();
  const subscriptions: Subscription[] = [];
  for (const subject of subjects) {
    if (operation === 'publish') connection.publish(subject, '{}');
    else subscriptions.push(connection.subscribe(subject, { callback: () => undefined }));
  }
  await connection.flush();
  for (const subscription of subscriptions) subscription.unsubscribe();
  (statuses as unknown as { stop(): void }).stop();
  await watching;
  return subjects.filter((subject) => found.has(subject));
}

async function expectAllowed(name: string, operation: 'publish' | 'subscribe', subjects: string[]): Promise<void> {
  expect(await refused(name, operation, subjects)).toEqual([]);
}

async function expectDenied(name: string, operation: 'publish' | 'subscribe', subjects: string[]): Promise<void> {
  expect(await refused(name, operation, subjects)).toEqual(subjects);
}

/** A concrete subject that a pattern matches. */
const sample = (pattern: string) => pattern.replaceAll('*', 'x').replace('>', 'x.y');

const others = (name: string) => everyone.filter((other) => other !== name);
const agentIdOf = (name: string) => name.slice('agent_'.length);
const aggregates = ['kanban.board', 'swarm.run', 'approvals.approval', 'healer.incident', 'identity.directory'];

describe.each(installation.services)('$name', (service) => {
  it('may publish and subscribe to what its table names', async () => {
    const { publish, subscribe } = permissionsOf(service);
    const plain = publish.filter((pattern) => !pattern.startsWith('$JS'));
    await expectAllowed(service.name, 'publish', plain.map(sample));
    await expectAllowed(service.name, 'subscribe', subscribe);
  });
});

describe.each(everyone)('%s', (name) => {
  it.each(others(name))('may not speak as %s', async (other) => {
    await expectDenied(name, 'publish', [
      ...aggregates.map((aggregate) => `agencyos.cmd.${aggregate}.${other}`),
      ...aggregates.map((aggregate) => `agencyos.qry.${aggregate}.${other}`),
      agents.includes(other) ? `agencyos.hb.agent.${agentIdOf(other)}` : `agencyos.hb.service.${other}`,
    ]);
  });

  it("may not read others' inboxes, nor everything", async () => {
    const anybodys = services.some((service) => service === name) ? ['_INBOX.>'] : [];
    await expectDenied(name, 'subscribe', [
      ...others(name).map((other) => `_INBOX_${other}.>`),
      ...anybodys,
      ...['>', 'agencyos.>', 'agencyos.cmd.>', '$JS.>', '$SYS.>'],
    ]);
  });
});

describe.each(everyone.filter((name) => name !== 'relay'))('%s, not being the relay,', (name) => {
  it('may not publish a fact', async () => {
    await expectDenied(name, 'publish', [
      'agencyos.evt.kanban.board.CardMoved.x',
      'agencyos.evt.approvals.approval.ApprovalGranted.x',
    ]);
  });

  it('may not provision: neither create nor change, purge or delete streams and consumers', async () => {
    const onStream = ['CREATE', 'UPDATE', 'DELETE', 'PURGE', 'MSG.DELETE', 'RESTORE', 'SNAPSHOT', 'LEADER.STEPDOWN'];
    const onConsumer = ['CREATE', 'DURABLE.CREATE', 'DELETE', 'PAUSE'];
    await expectDenied(name, 'publish', [
      ...['EVENTS', 'TASKS', 'LOGS'].flatMap((stream) => onStream.map((verb) => `$JS.API.STREAM.${verb}.${stream}`)),
      ...['EVENTS', 'TASKS'].flatMap((stream) => onConsumer.map((verb) => `$JS.API.CONSUMER.${verb}.${stream}.role-x`)),
    ]);
  });
});

/** Written by hand, not derived: what each service would need to pass itself off as another, or to listen in. */
const denied: [service: string, publish: string[], subscribe: string[]][] = [
  [
    'relay',
    [
      'agencyos.cmd.approvals.approval.swarm',
      'agencyos.cmd.identity.directory.gateway',
      'agencyos.task.publisher',
      'agencyos.view.board.x',
      'agencyos.view.approval.x',
      'agencyos.viewhead.kanban',
      'agencyos.viewhead.identity',
      'agencyos.live.agent.command-1',
      'agencyos.live.task.x',
      'agencyos.hb.service.kanban',
      'agencyos.hb.agent.command-1',
    ],
    ['agencyos.hb.>', 'agencyos.live.>', 'agencyos.view.>', 'agencyos.cmd.kanban.*.*', 'agencyos.qry.swarm.*.*'],
  ],
  [
    'kanban',
    [
      'agencyos.cmd.kanban.board.gateway',
      'agencyos.cmd.approvals.approval.swarm',
      'agencyos.task.publisher',
      'agencyos.view.approval.x',
      'agencyos.view.inbox.all',
      'agencyos.view.run.x',
      'agencyos.view.incidents.all',
      'agencyos.view.directory.all',
      'agencyos.viewhead.approvals',
      'agencyos.live.agent.command-1',
      'agencyos.live.task.x',
      'agencyos.hb.service.swarm',
      'agencyos.log.x',
    ],
    ['agencyos.hb.>', 'agencyos.live.>', 'agencyos.view.>', 'agencyos.cmd.swarm.*.*', 'agencyos.qry.approvals.*.*'],
  ],
  [
    'swarm',
    [
      'agencyos.cmd.approvals.approval.gateway',
      'agencyos.cmd.swarm.run.agent_command-1',
      'agencyos.view.approval.x',
      'agencyos.view.board.x',
      'agencyos.view.services.all',
      'agencyos.viewhead.approvals',
      'agencyos.live.task.x',
      'agencyos.hb.agent.command-1',
      'agencyos.hb.service.healer',
    ],
    ['agencyos.hb.service.*', 'agencyos.live.>', 'agencyos.view.>', 'agencyos.cmd.approvals.*.*'],
  ],
  [
    'approvals',
    [
      'agencyos.cmd.swarm.run.swarm',
      'agencyos.cmd.identity.directory.gateway',
      'agencyos.task.publisher',
      'agencyos.view.run.x',
      'agencyos.view.board.x',
      'agencyos.view.healing.all',
      'agencyos.viewhead.swarm',
      'agencyos.live.agent.command-1',
      'agencyos.hb.service.gateway',
    ],
    ['agencyos.hb.>', 'agencyos.live.>', 'agencyos.view.>', 'agencyos.cmd.identity.*.*', 'agencyos.qry.identity.*.*'],
  ],
  [
    'healer',
    [
      'agencyos.cmd.swarm.run.swarm',
      'agencyos.cmd.approvals.approval.gateway',
      'agencyos.task.publisher',
      'agencyos.view.approval.x',
      'agencyos.view.run-list.all',
      'agencyos.view.boards.all',
      'agencyos.viewhead.kanban',
      'agencyos.live.agent.command-1',
      'agencyos.hb.service.kanban',
      'agencyos.hb.agent.command-1',
    ],
    ['agencyos.live.>', 'agencyos.view.>', 'agencyos.cmd.swarm.*.*', 'agencyos.qry.kanban.*.*'],
  ],
  [
    'gateway',
    [
      'agencyos.cmd.swarm.run.kanban',
      'agencyos.cmd.healer.repair.healer',
      'agencyos.task.publisher',
      'agencyos.view.board.x',
      'agencyos.view.approval.x',
      'agencyos.view.incidents.all',
      'agencyos.viewhead.swarm',
      'agencyos.live.agent.command-1',
      'agencyos.live.task.x',
      'agencyos.hb.service.approvals',
    ],
    ['agencyos.hb.>', 'agencyos.cmd.kanban.*.*', 'agencyos.qry.approvals.*.*', 'agencyos.task.*', 'agencyos.log.*'],
  ],
];

describe.each(denied)('%s may neither pass itself off as another nor listen in:', (name, publish, subscribe) => {
  it('publishing', () => expectDenied(name, 'publish', publish));
  it('subscribing', () => expectDenied(name, 'subscribe', subscribe));
});

describe.each(agents)('%s', (name) => {
  it('may send commands to swarm alone', async () => {
    const contexts = ['kanban.board', 'approvals.approval', 'healer.incident', 'identity.directory'];
    await expectDenied(
      name,
      'publish',
      contexts.map((context) => `agencyos.cmd.${context}.${name}`),
    );
  });

  it("may not publish what is swarm's, nor touch other streams", async () => {
    await expectDenied(name, 'publish', [
      'agencyos.task.x',
      'agencyos.view.board.x',
      'agencyos.viewhead.swarm',
      'agencyos.live.agent.command-1',
      '$JS.API.CONSUMER.MSG.NEXT.EVENTS.x',
      '$JS.API.CONSUMER.MSG.NEXT.TASKS.role-other',
      '$JS.API.CONSUMER.INFO.TASKS.role-check',
      '$JS.ACK.EVENTS.x.1.1.1.1.1',
      '$JS.ACK.TASKS.role-other.1.1.1.1.1.0',
    ]);
  });

  it('may hear only what is said to it', async () => {
    await expectDenied(name, 'subscribe', [
      ...['agencyos.evt.>', 'agencyos.cmd.swarm.*.*', 'agencyos.view.>', 'agencyos.hb.>', 'agencyos.log.*'],
      ...agents.filter((agent) => agent !== name).map((agent) => `agencyos.live.agent.${agentIdOf(agent)}`),
    ]);
  });
});

describe('a sign-in', () => {
  it('may take longer than the two seconds that nats-server 2.10 gives it by itself (findings/nats-late-sign-in…)', async () => {
    const sign = nkeyAuthenticator(readFileSync(nats.nkeyFile('kanban')));
    // What a busy machine does to a process: nothing else happens in it meanwhile.
    const late = (nonce?: string) => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_500);
      return sign(nonce);
    };
    const connection = await connect({
      servers: nats.url,
      authenticator: late,
      inboxPrefix: '_INBOX_kanban',
      timeout: 10_000,
    });
    await connection.close();
  });
});

describe('strangers who connect and never sign in', () => {
  it('keep nobody out, a thousand of them', async () => {
    const port = Number(new URL(nats.url.replace('nats:', 'http:')).port);
    // The server's greeting says that a stranger is one of its clients.
    const stranger = async () => {
      const socket = connectTcp(port, '127.0.0.1').on('error', () => undefined);
      await once(socket, 'data');
      return socket;
    };
    const strangers = await Promise.all(Array.from({ length: 1_000 }, stranger));
    try {
      await (await connectAs('kanban')).close();
    } finally {
      for (const socket of strangers) socket.destroy();
    }
  });
});

describe('a request', () => {
  it('is answered on the inbox of the one who asked, and only there', async () => {
    const kanban = connectionOf('kanban');
    kanban.subscribe('agencyos.qry.kanban.board.*', {
      callback: (_error, message) => void message.respond('{"rows":[]}'),
    });
    await kanban.flush();
    const answer = await connectionOf('gateway').request('agencyos.qry.kanban.board.gateway', '{}');
    expect(answer.json()).toEqual({ rows: [] });
    await expectDenied('kanban', 'publish', ['_INBOX_gateway.unasked']);
  });
});

it('nobody gets in without a key', async () => {
  await expect(connect({ servers: nats.url, reconnect: false })).rejects.toThrow(/authorization/i);
  expect(connectionOf('relay').info?.max_payload).toBe(1024 * 1024);
});
