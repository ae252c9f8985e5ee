import {
  type CommandAnswer,
  type CommandMessage,
  type EventMetadata,
  ids,
  newId,
  subjects,
  type ViewPage,
} from '@agencyos/contracts';
import { type EventStore, readConfig, type RunningService, startService } from '@agencyos/runtime';
import { until } from '@agencyos/testing';
import { startTestServers, type TestServers } from '@agencyos/testing/servers';
import { connect, type NatsConnection, nkeyAuthenticator } from '@nats-io/transport-node';
import { readFileSync } from 'node:fs';
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
  connectAs(principal: string): Promise<NatsConnection>;
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
      readConfig('approvals', {
        NATS_URL: servers.natsUrl,
        NATS_NKEY_FILE: servers.nkeyFile('approvals'),
        DATABASE_URL: servers.databaseUrl,
        LOG_LEVEL: 'silent',
      }),
    );
  const connectAs = (principal: string) =>
    connect({
      servers: servers.natsUrl,
      inboxPrefix: `_INBOX_${principal}`,
      authenticator: nkeyAuthenticator(new TextEncoder().encode(readFileSync(servers.nkeyFile(principal), 'utf8').trim())),
    });
  const [gateway, swarm] = [await connectAs('gateway'), await connectAs('swarm')];
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
    connectAs,
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
  actor = 'system:setup',
  after = 0,
): Promise<void> {
  const commandId = newId();
  const metadata: EventMetadata = {
    commandId,
    commandDigest: `sha256:${'0'.repeat(64)}`,
    correlationId: commandId,
    causationId: commandId,
    actor,
    depth: 0,
    recordedAt: new Date().toISOString(),
  };
  const events = facts.map(({ type, data }, n) => ({
    id: ids.event(commandId, stream, after + n),
    type,
    schema: 1,
    data: data as Record<string, unknown>,
    metadata,
  }));
  const { commandDigest: digest } = metadata;
  const commands = [{ commandId, principal: actor, digest, revision: after + facts.length - 1 }];
  const result = await store.append({ stream, expectedRevision: after - 1, events, commands });
  if (result.status !== 'appended') throw new Error(`facts of ${stream}: ${result.status}`);
}
