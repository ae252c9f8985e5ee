import { newId } from '@agencyos/contracts';
import { defaultTiming, type AgentOptions } from './agent-options.js';
import { takeOffer } from './attempt.js';
import { AgentCommands } from './commands.js';
import { AgentConnection } from './connection.js';
import { Leases } from './leases.js';
import { pullOffers } from './offers.js';
import { pause } from './pause.js';
import { Slots } from './slots.js';

export interface RunningAgent {
  /** Connected, and swarm knows the agent: it gets tasks. */
  ready(): boolean;
  /** Resolves when swarm has accepted the registration. */
  registered: Promise<void>;
  /** Takes no more tasks, ends the work in hand, gives it back without losing an attempt, and disconnects. */
  stop(): Promise<void>;
  /** Resolves when the agent has stopped; rejects when it cannot go on. */
  closed: Promise<void>;
}

/**
 * Connects an agent process to swarm: registers it, takes offered tasks of its roles, keeps their leases alive and
 * reports their outcomes. Outages of NATS or swarm are waited out; work whose lease they cost is ended.
 *
 * @throws when the credential cannot be read or the address is malformed
 */
export async function startAgent(options: AgentOptions): Promise<RunningAgent> {
  const { agentId, instanceId, kind, roles, build, maxConcurrent, handler, logger } = options;
  const timing = { ...defaultTiming, ...options.timing };
  const connection = await AgentConnection.open(options);
  const commands = new AgentCommands(connection, agentId, timing.answerMs);
  const leases = new Leases({ connection, agentId, instanceId, heartbeatMs: timing.heartbeatMs, logger });
  const slots = new Slots(maxConcurrent);
  const stopping = new AbortController();
  const ended = new AbortController();
  const attempts = new Set<Promise<void>>();
  let registered = false;

  const settings = {
    ...{ connection, commands, leases, handler, logger, agentId, instanceId },
    ...{ content: options.content, faultMs: timing.faultMs },
    ...{ stopping: stopping.signal, ended: ended.signal },
  };
  const register = async () => {
    const data = { agentId, kind, roles, build, maxConcurrent };
    const answer = await commands.send('agent', { id: newId(), type: 'RegisterAgent', data }, stopping.signal);
    if (answer.status === 'refused') {
      throw new Error(`swarm refused to register ${agentId}: ${answer.problem.detail ?? answer.problem.title}`);
    }
    registered = answer.status === 'accepted';
    if (registered) logger.info({ agentId, roles }, 'registered');
  };
  const pull = (role: string) =>
    pullOffers(role, { connection, slots, pullMs: timing.pullMs, logger }, stopping.signal, (received) => {
      const attempt = takeOffer(received, settings)
        .catch((error: unknown) => logger.error({ error }, 'an attempt ended unexpectedly'))
        .finally(() => {
          attempts.delete(attempt);
          slots.release();
        });
      attempts.add(attempt);
    });

  const registration = register();
  const heartbeats = leases.run(ended.signal);
  const pulls = registration.then(() => Promise.all(roles.map(pull)));
  const disconnected = connection.nats.closed().then((error) => {
    if (!stopping.signal.aborted) throw error instanceof Error ? error : new Error('the NATS connection was closed');
  });

  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= shutDown());
  async function shutDown(): Promise<void> {
    stopping.abort();
    const done = new AbortController();
    const all = pulls.catch(() => undefined).then(() => Promise.all(attempts));
    await Promise.race([all.then(() => done.abort()), pause(timing.stopMs, done.signal)]);
    ended.abort();
    await heartbeats;
    await connection.close();
  }

  const closed = Promise.race([disconnected, pulls.then(() => undefined)]).then(
    () => stop(),
    async (error: unknown) => {
      await stop();
      throw error;
    },
  );
  closed.catch(() => undefined); // whoever awaits it sees the error; nobody has to
  registration.catch(() => undefined);
  return { ready: () => registered && connection.connected, registered: registration, stop, closed };
}
