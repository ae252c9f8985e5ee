import {
  jetstream as streams,
  newId,
  subjects,
  taskConsumer,
  type AgentHeartbeat,
  type CommandAnswer,
  type CommandMessage,
  type HeartbeatAnswer,
  type TaskOffer,
  type ViewPage,
} from '@agencyos/contracts';
import { readConfig, startService, type RunningService } from '@agencyos/runtime';
import { until } from '@agencyos/testing';
import { startTestServers, type TestServers } from '@agencyos/testing/servers';
import { jetstream, jetstreamManager, type JsMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import pg from 'pg';
import { options } from '../src/options.js';
import { swarm } from '../src/service.js';

const PERSON = 'user:01900000-0000-7000-8000-0000000000aa';
const PERMISSIONS = ['workflow:publish', 'run:operate', 'run:read', 'ops:admin'];

/** The real service on real NATS and PostgreSQL; the queue of offers as the relay provisions it. */
export class SwarmFixture {
  private constructor(
    readonly servers: TestServers,
    public service: RunningService,
    private readonly connections: Map<string, NatsConnection>,
  ) {}

  static async start(): Promise<SwarmFixture> {
    const servers = await startTestServers({ agentIds: ['worker-a', 'worker-b'] });
    const connections = new Map<string, NatsConnection>();
    for (const name of ['gateway', 'agent_worker-a', 'agent_worker-b', 'test'])
      connections.set(name, await servers.connect(name));
    const fixture = new SwarmFixture(servers, await startSwarm(servers), connections);
    await fixture.provisionTasks(['check', 'notes', 'reviewer', 'publisher']);
    return fixture;
  }

  async provisionTasks(roles: string[]): Promise<void> {
    const manager = await jetstreamManager(this.connection('test'));
    await manager.streams.add({
      name: streams.tasks,
      subjects: [subjects.taskOffer('*')],
      retention: 'workqueue',
    });
    for (const role of roles) {
      const config = {
        durable_name: taskConsumer(role),
        filter_subject: subjects.taskOffer(role),
        ack_policy: 'explicit' as const,
      };
      await manager.consumers.add(streams.tasks, config);
    }
  }

  async restart(): Promise<void> {
    await this.service.stop();
    this.service = await startSwarm(this.servers);
  }

  /** On the database directly, also while the service is away. */
  async sql(statement: string): Promise<void> {
    const client = new pg.Client({ connectionString: this.servers.databaseUrl });
    await client.connect();
    await client.query(statement).finally(() => client.end());
  }

  /** Another process of the same service, on the same servers. */
  replica(): Promise<RunningService> {
    return startSwarm(this.servers);
  }

  /** Takes whatever is offered for a role and answers it, like a worker that never fails, until told to end. */
  async serve(agentId: string, role: string, signal: AbortSignal): Promise<void> {
    const consumer = await jetstream(this.connection('test')).consumers.get(streams.tasks, taskConsumer(role));
    while (!signal.aborted) {
      const message = await consumer.next({ expires: 1_000 });
      if (!message) continue;
      message.ack();
      const { runId, taskId, attempt } = message.json<TaskOffer>();
      const claimed = await this.claim(agentId, runId, taskId, attempt);
      if (!('problem' in claimed)) await this.succeed(agentId, runId, taskId, { agentId }, attempt);
    }
  }

  async stop(): Promise<void> {
    for (const connection of this.connections.values()) await connection.close();
    await this.service.stop();
    await this.servers.stop();
  }

  connection(name: string): NatsConnection {
    return this.connections.get(name)!;
  }

  /** A command as the gateway sends it for a person with the rights of an operator. */
  ask(aggregate: string, type: string, data: object, id = newId()): Promise<CommandAnswer> {
    const metadata = { actor: PERSON, permissions: PERMISSIONS };
    return this.send('gateway', 'gateway', aggregate, {
      id,
      type,
      data: data as Record<string, unknown>,
      metadata,
    });
  }

  /** A command as an agent sends it for itself. */
  work(agentId: string, type: string, data: object, id = newId()): Promise<CommandAnswer> {
    const aggregate = type === 'RegisterAgent' ? 'agent' : 'run';
    return this.send(`agent_${agentId}`, `agent_${agentId}`, aggregate, {
      id,
      type,
      data: data as Record<string, unknown>,
    });
  }

  /** Like every client: without an answer, once more under the same id. */
  async send(connection: string, sender: string, aggregate: string, message: CommandMessage): Promise<CommandAnswer> {
    const subject = subjects.command('swarm', aggregate, sender);
    return until(async () => {
      const body = JSON.stringify(message);
      const answer = await this.connection(connection)
        .request(subject, body, { timeout: 2_000 })
        .catch(() => undefined);
      return answer?.json<CommandAnswer>();
    });
  }

  async publish(workflowId: string, source: string): Promise<CommandAnswer> {
    const { digest, bytes } = await this.service.runtime.content.put(new TextEncoder().encode(source), 'application/yaml');
    const spec = { digest, bytes, mediaType: 'application/yaml' };
    return this.ask('workflow', 'PublishWorkflow', { workflowId, spec, digest });
  }

  async run(workflowId: string, input: object = {}): Promise<string> {
    const runId = newId();
    const answer = await this.ask('run', 'StartRun', {
      runId,
      workflowId,
      input: { value: input },
      cause: { kind: 'manual' },
    });
    if ('problem' in answer) throw new Error(JSON.stringify(answer.problem));
    return runId;
  }

  async register(agentId: string, roles: string[]): Promise<void> {
    await this.ask('agent', 'AdmitAgent', { agentId, roles });
    await this.work(agentId, 'RegisterAgent', {
      agentId,
      kind: 'command',
      roles,
      build: '1',
      maxConcurrent: 4,
    });
  }

  /** The next offer of a role for this run, as a worker pulls it. */
  async offer(role: string, runId: string): Promise<TaskOffer & { message: JsMsg }> {
    const consumer = await jetstream(this.connection('test')).consumers.get(streams.tasks, taskConsumer(role));
    return until(async () => {
      const message = await consumer.next({ expires: 1_000 });
      message?.ack();
      const offer = message?.json<TaskOffer>();
      return message && offer?.runId === runId ? { ...offer, message } : undefined;
    });
  }

  claim(agentId: string, runId: string, taskId: string, attempt = 1, instanceId = 'i1'): Promise<CommandAnswer> {
    return this.work(agentId, 'ClaimTask', { runId, taskId, attempt, instanceId });
  }

  succeed(agentId: string, runId: string, taskId: string, value: unknown = {}, attempt = 1): Promise<CommandAnswer> {
    const usage = { inputTokens: 0, outputTokens: 0, cachedTokens: 0, activeMs: 1 };
    return this.work(agentId, 'SucceedTask', {
      runId,
      taskId,
      attempt,
      output: { value },
      artifacts: [],
      usage,
    });
  }

  async heartbeat(agentId: string, leases: AgentHeartbeat['leases'], instanceId = 'i1'): Promise<HeartbeatAnswer> {
    const body = JSON.stringify({ agentId, instanceId, leases });
    const subject = subjects.heartbeat('agent', agentId);
    return (await this.connection(`agent_${agentId}`).request(subject, body, { timeout: 60_000 })).json<HeartbeatAnswer>();
  }

  view(kind: string, id: string): Promise<ViewPage['rows']> {
    const subject = subjects.query('swarm', kind, 'gateway');
    return until(async () => {
      const answer = await this.connection('gateway')
        .request(subject, JSON.stringify({ id }), { timeout: 2_000 })
        .catch(() => undefined);
      return answer?.json<ViewPage>().rows;
    });
  }

  /** `TaskScheduled(clone,1)` of a run so far. */
  async history(runId: string): Promise<string[]> {
    const names: string[] = [];
    for await (const { type, data } of this.service.runtime.store.read(`run-${runId}`)) {
      const parts = [data['taskId'], data['attempt']].filter((part) => part !== undefined);
      names.push(parts.length > 0 ? `${type}(${parts.join(',')})` : type);
    }
    return names;
  }

  recorded(runId: string, name: string): Promise<string[]> {
    return until(async () => {
      const history = await this.history(runId);
      return history.includes(name) ? history : undefined;
    });
  }
}

function startSwarm(servers: TestServers): Promise<RunningService> {
  return startService('swarm', swarm, options, readConfig('swarm', servers.environment('swarm')));
}
