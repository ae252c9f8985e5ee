import { type CommandAnswer, type CommandMessage, type EventMetadata, newId, subjects, type ViewPage } from '@agencyos/contracts';
import { type EventStore, readConfig, type RunningService, startService } from '@agencyos/runtime';
import { until } from '@agencyos/testing';
import { appendOf } from '@agencyos/testing/facts';
import { startTestServers, type TestServers } from '@agencyos/testing/servers';
import type { NatsConnection } from '@nats-io/transport-node';
import { seedPolicies } from '../src/seed.js';
import { approvals } from '../src/service.js';

export interface Person {
  actor: string;
  roles: string[];
  permissions: string[];
}

/** The service on real servers, and the other parties as themselves. */
export interface Harness {
  servers: TestServers;
  service: RunningService;
  gateway: NatsConnection;
  swarm: NatsConnection;
  stopService(): Promise<void>;
  startService(): Promise<void>;
  /** A command as the gateway passes it on for a person. */
  send(person: Person, type: string, data: object, id?: string): Promise<CommandAnswer>;
  /** A command of swarm's own. */
  ask(type: string, data: object, id?: string): Promise<CommandAnswer>;
  /** Facts of another service at the end of a stream, which has `after` of them. */
  record(stream: string, facts: { type: string; data: object }[], by?: string, after?: number): Promise<void>;
  page(kind: string, id: string): Promise<ViewPage>;
  typesOf(approvalId: string): Promise<string[]>;
  stop(): Promise<void>;
}

export async function startHarness(directory: { type: string; data: object }[]): Promise<Harness> {
  const servers = await startTestServers();
  const start = () =>
    startService(
      'approvals',
      approvals,
      { configure: (_app, runtime) => seedPolicies(runtime) },
      readConfig('approvals', servers.environment('approvals')),
    );
  const [gateway, swarm] = [await servers.connect('gateway'), await servers.connect('swarm')];
  const request = async <T>(by: NatsConnection, subject: string, body: object) =>
    (await by.request(subject, JSON.stringify(body), { timeout: 10_000 })).json<T>();
  const command = (by: NatsConnection, sender: string, message: CommandMessage) => {
    const aggregate = message.type.endsWith('Policy') ? 'policy' : 'approval';
    return request<CommandAnswer>(by, subjects.command('approvals', aggregate, sender), message);
  };
  const harness: Harness = {
    servers,
    service: await start(),
    gateway,
    swarm,
    stopService: () => harness.service.stop(),
    startService: async () => {
      harness.service = await start();
    },
    send: (person, type, data, id = newId()) =>
      command(gateway, 'gateway', {
        id,
        type,
        data: data as Record<string, unknown>,
        metadata: person as CommandMessage['metadata'],
      }),
    ask: (type, data, id = newId()) => command(swarm, 'swarm', { id, type, data: data as Record<string, unknown> }),
    record: (...facts) => record(harness.service.runtime.store, ...facts),
    // A view that is still being built answers `busy`.
    page: (kind, id) =>
      until(
        () => request<ViewPage>(gateway, subjects.query('approvals', kind, 'gateway'), { id }),
        (answer) => 'rows' in answer,
      ),
    typesOf: async (approvalId) => {
      const types: string[] = [];
      for await (const { type } of harness.service.runtime.store.read(`approval-${approvalId}`)) types.push(type);
      return types;
    },
    stop: async () => {
      await Promise.all([gateway.close(), swarm.close()]);
      await harness.service.stop();
      await servers.stop();
    },
  };
  await harness.record('directory-main', directory);
  return harness;
}

/** Facts of another service, as its appends leave them in the log. */
async function record(
  store: EventStore,
  stream: string,
  facts: { type: string; data: object }[],
  actor: EventMetadata['actor'] = 'system:setup',
  after = 0,
): Promise<void> {
  const result = await store.append(appendOf(stream, facts, { after, actor }));
  if (result.status !== 'appended') throw new Error(`facts of ${stream}: ${result.status}`);
}
