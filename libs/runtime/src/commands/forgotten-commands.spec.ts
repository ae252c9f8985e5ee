import { agentCommands, agentEvents, type AgentCommand, type AgentEvent, newId } from '@agencyos/contracts';
import type { Decider } from '@agencyos/decider';
import { describe, expect, it } from '@jest/globals';
import { DatabaseClock } from '../event-store/database-clock.js';
import { MemoryEventStore } from '../event-store/memory-event-store.js';
import type { Logger } from '../logger.js';
import { AggregateHost } from './aggregate-host.js';

/** Finds commands by `answers` only, as a store whose answers are not written with the events. */
class LateAnswers extends MemoryEventStore {
  override readonly atomicAnswers = false;
  asked = 0;

  override answers(commandIds: string[]) {
    this.asked++;
    return super.answers(commandIds);
  }
}

const decider: Decider<AgentCommand, null, AgentEvent> = {
  initialState: null,
  decide: ({ data }) => [{ type: 'AgentRegistered', data } as AgentEvent],
  evolve: () => null,
};

const command = (id: string, actor = 'service:gateway') => ({
  type: 'RegisterAgent',
  data: { agentId: 'one', kind: 'command', roles: [], build: '1', maxConcurrent: 1 },
  metadata: {
    commandId: id,
    correlationId: id,
    causationId: id,
    now: '',
    level: 0,
    sender: 'gateway',
    actor,
    depth: 0,
    roles: [],
    permissions: [],
    stepUp: 'none' as const,
  },
});

async function host() {
  const store = new LateAnswers();
  const clock = await DatabaseClock.start(async () => 0);
  const aggregate = { category: 'agent', commands: agentCommands, events: agentEvents, decider };
  const logger = { error: () => undefined } as unknown as Logger;
  const aggregates = new AggregateHost(aggregate, { store, clock, logger, deadlineMs: 1_000 });
  const execute = (id: string, actor?: string) => aggregates.execute(command(id, actor), `sha256:${id}`, {});
  return { store, clock, execute };
}

describe('a command repeated after thousands of others of its stream', () => {
  it('is answered as the first time, where the append itself would not notice', async () => {
    const { store, clock, execute } = await host();
    const first = newId();
    const answer = await execute(first);
    expect(await execute(first)).toEqual({ ...answer, repeated: true });

    await Promise.all(Array.from({ length: 2_100 }, () => execute(newId())));
    const { revision } = await execute(newId());
    expect(await execute(first)).toEqual({ ...answer, repeated: true });
    expect(store.asked).toBeGreaterThan(0);
    expect((await execute(newId())).revision).toBe(revision + 1);
    clock.stop();
  });

  it('is not answered to somebody else who uses its id, remembered or not (fault 9)', async () => {
    const { store, clock, execute } = await host();
    const conflict = { code: 'idempotency_conflict', details: { detail: expect.stringContaining('someone else') } };
    const first = newId();
    const answer = await execute(first, 'user:first');
    await expect(execute(first, 'user:second')).rejects.toMatchObject(conflict);
    await Promise.all(Array.from({ length: 2_100 }, () => execute(newId())));
    await expect(execute(first, 'user:second')).rejects.toMatchObject(conflict);
    expect(await execute(first, 'user:first')).toEqual({ ...answer, repeated: true });
    expect(await store.answers([first])).toMatchObject([{ principal: 'user:first' }]);
    clock.stop();
  });
});
