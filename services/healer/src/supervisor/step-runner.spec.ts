import { ids, newId, type CommandMessage } from '@agencyos/contracts';
import type { Commands, EventStore, Logger, RecordedEvent } from '@agencyos/runtime';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Situation } from '../reactions/situation.js';
import type { StepOutcome } from '../repair/repair.decider.js';
import type { Cursors } from './cursors.js';
import { StepRunner } from './step-runner.js';
import { DriverRefused, type SupervisorClient } from './supervisor-client.js';

const recordedAt = '2026-01-01T00:00:00.000Z';
const repairId = newId();
const actionKey = newId();

let given: ((page: { events: RecordedEvent[]; position: bigint }) => void) | undefined;
let subscribed: bigint[];
let repair: { state: string; proposed: object; step: object };
let labels: Record<string, string>;
let restarts: string[];
/** What the driver says, each time it is asked. */
let outcomes: (StepOutcome | Error)[];
let sent: CommandMessage[];
let status: number;
let written: bigint[];
let stop: AbortController;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
  [subscribed, restarts, outcomes, sent, status, written] = [[], [], [], [], 0, []];
  stop = new AbortController();
  labels = {};
  repair = { state: 'started', proposed: { targetId: 'kanban' }, step: { actionKey } };
});
afterEach(() => {
  stop.abort();
  jest.useRealTimers();
});

function start(position = 0n): void {
  const pages: { events: RecordedEvent[]; position: bigint }[] = [];
  const store = {
    async *subscribe(after: bigint, { signal }: { signal: AbortSignal }) {
      subscribed.push(after);
      while (!signal.aborted) {
        const page = pages.shift();
        if (page) yield page;
        else
          await new Promise<void>((resolve) => {
            given = (next) => {
              pages.push(next);
              resolve();
            };
            signal.addEventListener('abort', () => resolve());
          });
      }
    },
  } as unknown as EventStore;
  const send = async ([message]: CommandMessage[]) => {
    sent.push(message!);
    return [status === 0 ? { id: message!.id } : { id: message!.id, problem: { status, code: 'x' } }];
  };
  const situation = {
    repair: async () => repair,
    target: async () => ({ registered: { labels } }),
  } as unknown as Situation;
  const supervisor = {
    status: async () => ({ processes: [] }),
    async restart(name: string) {
      restarts.push(name);
      const outcome = outcomes.length > 1 ? outcomes.shift()! : outcomes[0]!;
      if (outcome instanceof Error) throw outcome;
      return outcome;
    },
  } as unknown as SupervisorClient;
  const cursors = {
    read: async () => position,
    write: async (_: string, to: bigint) => void written.push(to),
  } as unknown as Cursors;
  const logger = { info: () => undefined, warn: () => undefined } as unknown as Logger;
  void new StepRunner({ store, commands: { send } as unknown as Commands, situation, cursors, logger, supervisor }).run(
    stop.signal,
  );
}
const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);
const eventId = newId();
const event = (position: number, type: string, more: object = {}) =>
  ({
    ...{ id: eventId, type, position: BigInt(position), metadata: { recordedAt, correlationId: repairId, depth: 2 } },
    data: { repairId, step: 1, actionKey, token: 4, instances: [], ...more },
  }) as unknown as RecordedEvent;
async function tell(...events: RecordedEvent[]): Promise<void> {
  await pass(0);
  given!({ events, position: events.at(-1)!.position });
  await pass(0);
}
const started = (position = 5) => tell(event(position, 'RepairStepStarted'));

describe('a step that is started', () => {
  it('is done by the driver, and its result is recorded under an id that derives from it', async () => {
    outcomes = [{ state: 'running' }, { state: 'done' }];
    start();
    await started();
    expect(restarts).toEqual(['kanban']);
    await pass(250);
    expect(sent).toEqual([
      {
        id: ids.reactionCommand(eventId, 'act', 0),
        type: 'RecordStep',
        data: { repairId, step: 1, actionKey, token: 4 },
        metadata: { correlationId: repairId, causationId: eventId, depth: 3 },
      },
    ]);
    await pass(10_000);
    expect(restarts).toHaveLength(2);
  });

  it('restarts the process that its target names', async () => {
    labels = { process: 'command-1' };
    outcomes = [{ state: 'done' }];
    start();
    await started();
    expect(restarts).toEqual(['command-1']);
  });

  it.each<[string, StepOutcome | Error, object]>([
    ['failed', { state: 'failed', detail: 'no port' }, { code: 'restart_failed', message: 'no port', retryable: true }],
    [
      'was refused',
      new DriverRefused('stale_token', 'A newer one.'),
      { code: 'stale_token', message: 'A newer one.', retryable: false },
    ],
  ])('that %s is recorded with why', async (_, outcome, fault) => {
    outcomes = [outcome];
    start();
    await started();
    expect(sent[0]!.data).toMatchObject({ fault });
  });

  it('is tried again while the driver does not answer, less and less often', async () => {
    outcomes = [new Error('connection refused'), new Error('connection refused'), { state: 'done' }];
    start();
    await started();
    await pass(249);
    expect(restarts).toHaveLength(1);
    await pass(1);
    expect(restarts).toHaveLength(2);
    await pass(499);
    expect(restarts).toHaveLength(2);
    await pass(1);
    expect(sent).toHaveLength(1);
    expect(sent[0]!.data).not.toHaveProperty('fault');
  });

  it('is recorded until the log takes it', async () => {
    outcomes = [{ state: 'done' }];
    status = 503;
    start();
    await started();
    await pass(500);
    expect(new Set(sent.map(({ id }) => id)).size).toBe(1);
    expect(sent).toHaveLength(3);
    status = 409;
    await pass(250);
    await pass(5_000);
    expect(sent).toHaveLength(4);
  });

  it.each<[string, () => void]>([
    ['has ended', () => (repair.state = 'failed')],
    ['is at another step', () => (repair.step = { actionKey: newId() })],
    ['has its result', () => (repair.step = { actionKey, recorded: true })],
  ])('is left alone where its repair %s, as is met again after a restart', async (_, change) => {
    change();
    start();
    await started();
    await pass(10_000);
    expect([restarts, sent]).toEqual([[], []]);
  });

  it.each([
    ['RepairStepSucceeded', {}],
    ['RepairStepFailed', {}],
    ['RepairFailed', { step: undefined }],
  ])('is asked for no more after %s', async (type, more) => {
    outcomes = [{ state: 'running' }];
    start();
    await started();
    await tell(event(6, type, more));
    await pass(10_000);
    expect(restarts).toHaveLength(1);
  });

  it('goes on where another repair ends', async () => {
    outcomes = [{ state: 'running' }];
    start();
    await started();
    await tell(event(6, 'RepairFailed', { repairId: newId(), step: undefined }));
    await pass(300);
    expect(restarts.length).toBeGreaterThan(1);
  });
});

describe('where steps are read from', () => {
  it('is after what is done; a step under way is met again', async () => {
    outcomes = [{ state: 'running' }];
    start(3n);
    await tell(event(5, 'RepairProposed'));
    expect(written).toEqual([5n]);
    await started(6);
    await tell(event(8, 'RepairProposed', { repairId: newId() }));
    expect(written).toEqual([5n]);
    await tell(event(9, 'RepairStepSucceeded'));
    expect(written).toEqual([5n, 9n]);
    expect(subscribed).toEqual([3n]);
  });
});
