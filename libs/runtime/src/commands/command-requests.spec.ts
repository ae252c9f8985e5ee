import { LIMITS, newId, type CommandAnswer, type CommandMessage } from '@agencyos/contracts';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Rejection } from '@agencyos/decider';
import { PermissionViolationError, RequestError } from '@nats-io/transport-node';
import { until } from '../consumers/testing/given-facts.js';
import type { Bus } from '../messaging/bus.js';
import { problemOf } from '../problem.js';
import { CommandRequests } from './command-requests.js';

/** Takes requests and answers them when told to. */
class HeldBus {
  readonly requests: { messages: CommandMessage[]; answer(): void }[] = [];

  requestJson(_subject: string, json: string): Promise<CommandAnswer[]> {
    const messages = JSON.parse(json) as CommandMessage[];
    return new Promise((resolve) => {
      const answers = messages.map(({ id }): CommandAnswer => ({ id, stream: 'board-1', revision: 0, position: '1' }));
      this.requests.push({ messages, answer: () => resolve(answers) });
    });
  }

  get sizes(): number[] {
    return this.requests.map(({ messages }) => messages.length);
  }
}

const setUp = () => {
  const bus = new HeldBus();
  const requests = new CommandRequests('agencyos.cmd.kanban.board.gateway', bus as unknown as Bus);
  const send = (count: number) =>
    Promise.all(
      Array.from({ length: count }, () => {
        const message: CommandMessage = { id: newId(), type: 'MoveCard', data: {} };
        const json = JSON.stringify(message);
        return requests.add(message, json, json.length, performance.now() + 60_000);
      }),
    );
  return { bus, send };
};
const turn = () => new Promise((resolve) => setImmediate(resolve));

// Time stands still unless a test lets it pass: what goes otherwise goes for another reason.
beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'performance'] });
});
afterEach(() => {
  jest.useRealTimers();
});

describe('commands for one subject', () => {
  it('go at once, together with what came in the same turn, and are answered each its own', async () => {
    const { bus, send } = setUp();
    const answers = send(3);
    await turn();
    expect(bus.sizes).toEqual([3]);
    bus.requests[0]!.answer();
    expect((await answers).map(({ id }) => id)).toEqual(bus.requests[0]!.messages.map(({ id }) => id));
  });

  it('wait for one another while two requests are under way, until one is answered', async () => {
    const { bus, send } = setUp();
    void send(1);
    await turn();
    void send(1);
    await turn();
    const late = [send(1), send(2)];
    await turn();
    expect(bus.sizes).toEqual([1, 1]);
    bus.requests[0]!.answer();
    await until(() => bus.requests.length > 2);
    expect(bus.sizes).toEqual([1, 1, 3]);
    bus.requests[2]!.answer();
    await Promise.all(late);
  });

  it('go at once again when those under way are answered', async () => {
    const { bus, send } = setUp();
    for (let n = 0; n < 2; n++) {
      void send(1);
      await turn();
    }
    for (const { answer } of bus.requests) answer();
    await turn();
    for (let n = 0; n < 2; n++) {
      void send(1);
      await turn();
    }
    expect(bus.sizes).toEqual([1, 1, 1, 1]);
    // And wait again while these are.
    void send(1);
    await turn();
    expect(bus.sizes).toHaveLength(4);
  });

  it('do not wait for a slow one for ever', async () => {
    const { bus, send } = setUp();
    for (let n = 0; n < 2; n++) {
      void send(1);
      await turn();
    }
    const late = send(4);
    await turn();
    expect(bus.sizes).toEqual([1, 1]);
    jest.advanceTimersByTime(5);
    expect(bus.sizes).toEqual([1, 1, 4]);
    bus.requests[2]!.answer();
    expect(await late).toHaveLength(4);
  });
});

describe('commands that do not fit into one request', () => {
  const requestsFor = async (sizes: number[]) => {
    const bus = new HeldBus();
    const requests = new CommandRequests('agencyos.cmd.kanban.board.gateway', bus as unknown as Bus);
    for (const bytes of sizes) {
      const message: CommandMessage = { id: newId(), type: 'MoveCard', data: {} };
      void requests.add(message, JSON.stringify(message), bytes, performance.now() + 60_000);
    }
    await turn();
    return bus.sizes;
  };

  it('by their number go in several, all at once', async () => {
    const most = LIMITS.commandsPerRequest;
    expect(await requestsFor(Array.from({ length: 2 * most + 1 }, () => 10))).toEqual([most, most, 1]);
  });

  it('by their bytes, neither', async () => {
    const half = LIMITS.requestBytes / 2;
    expect(await requestsFor([half, half])).toEqual([2]);
    expect(await requestsFor([half, half, 1])).toEqual([2, 1]);
    expect(await requestsFor([half, half + 1, half - 1, 1])).toEqual([1, 2, 1]);
  });
});

describe('a request without an answer', () => {
  /** Answers as told; then, no more. */
  function setUpFailing(failures: number) {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    const asked: { subject: string; json: string; timeout: number; at: number }[] = [];
    const requestJson = async (subject: string, json: string, timeout: number) => {
      asked.push({ subject, json, timeout, at: performance.now() });
      if (asked.length <= failures) throw new Error('no responders');
      return (JSON.parse(json) as CommandMessage[]).map(({ id }) => ({ id, stream: 'board-1', revision: 0, position: '1' }));
    };
    const requests = new CommandRequests('agencyos.cmd.kanban.board.gateway', { requestJson } as unknown as Bus);
    const started = performance.now();
    const send = (withinMs: number) => {
      const message: CommandMessage = { id: newId(), type: 'MoveCard', data: {}, metadata: { correlationId: newId() } };
      return { message, answer: requests.add(message, JSON.stringify(message), 90, started + withinMs) };
    };
    return { asked, send, waits: () => asked.map(({ at }) => at - started) };
  }

  it('is made again, the same, less and less often, until it has one', async () => {
    const { asked, send, waits } = setUpFailing(6);
    const { answer } = send(60_000);
    await until(() => asked.length === 1);
    await jest.advanceTimersByTimeAsync(24);
    expect(asked).toHaveLength(1);
    await jest.advanceTimersByTimeAsync(2_000);
    expect(await answer).toMatchObject({ revision: 0 });
    expect(waits()).toEqual([0, 25, 75, 175, 375, 775, 1_175]);
    expect(new Set(asked.map(({ json }) => json)).size).toBe(1);
    expect(asked.map(({ timeout }) => timeout)).toEqual(asked.map(() => 3_000));
  });

  it('waits no longer than the most urgent of its commands may', async () => {
    const { asked, send } = setUpFailing(1);
    send(60_000);
    send(1_000);
    send(30_000);
    await until(() => asked.length === 1);
    expect(asked[0]!.timeout).toBe(1_000);
    await jest.advanceTimersByTimeAsync(25);
    expect(asked[1]!.timeout).toBe(975);
  });

  it('waits a moment at least, however little time is left', async () => {
    const { asked, send } = setUpFailing(0);
    send(20);
    await until(() => asked.length === 1);
    expect(asked[0]!.timeout).toBe(50);
  });

  it('is given up after the time of its commands: they may come again under the same id', async () => {
    const { asked, send } = setUpFailing(99);
    const { message, answer } = send(100);
    await until(() => asked.length === 1);
    await jest.advanceTimersByTimeAsync(99);
    const { length } = asked;
    await jest.advanceTimersByTimeAsync(1);
    expect(await answer).toMatchObject({
      id: message.id,
      problem: { code: 'busy', status: 503, retryAfterMs: 1_000, correlationId: message.metadata!.correlationId },
    });
    await jest.advanceTimersByTimeAsync(5_000);
    expect(asked).toHaveLength(length);
  });
});

describe('a replica that is busy, as one is that ends,', () => {
  beforeEach(() => {
    jest.useRealTimers();
  });
  const answerOf = (id: string): CommandAnswer => ({ id, stream: 'board-1', revision: 0, position: '1' });
  const refusalOf = (id: string, code: string, status: number) => ({ id, problem: problemOf(new Rejection(code, {}, status)) });
  const sending = (bus: (ids: string[], tries: number) => CommandAnswer[]) => {
    const asked: string[][] = [];
    const requestJson = async (_subject: string, json: string) => {
      asked.push((JSON.parse(json) as CommandMessage[]).map(({ id }) => id));
      return bus(asked.at(-1)!, asked.length);
    };
    const requests = new CommandRequests('agencyos.cmd.kanban.board.gateway', { requestJson } as unknown as Bus);
    const send = (id: string, withinMs: number) => {
      const message: CommandMessage = { id, type: 'MoveCard', data: {} };
      return requests.add(message, JSON.stringify(message), 90, performance.now() + withinMs);
    };
    return { asked, send };
  };

  it('is not the last that is asked: the same ids go to the next one, without those that were answered', async () => {
    const ids = [newId(), newId(), newId(), newId()];
    const { asked, send } = sending((open, tries) =>
      open.map((id) => {
        if (id === ids[2]) return refusalOf(id, 'closed', 409);
        return id === ids[0] || tries > 2 ? answerOf(id) : refusalOf(id, 'busy', 503);
      }),
    );
    expect(await Promise.all(ids.map((id) => send(id, 60_000)))).toMatchObject([
      { id: ids[0], revision: 0 },
      { id: ids[1], revision: 0 },
      { id: ids[2], problem: { code: 'closed', status: 409 } },
      { id: ids[3], revision: 0 },
    ]);
    expect(asked).toEqual([ids, [ids[1], ids[3]], [ids[1], ids[3]]]);
  });

  it('has the last word when nobody else has one in time', async () => {
    const { asked, send } = sending((open) => open.map((id) => refusalOf(id, 'busy', 503)));
    const id = newId();
    expect(await send(id, 100)).toEqual(refusalOf(id, 'busy', 503));
    expect(asked.length).toBeGreaterThan(1);
  });
});

it('what NATS does not permit is final, at once, and says what to mend (fault 22)', async () => {
  const cause = new PermissionViolationError('no', 'publish', 'agencyos.cmd.kanban.board.gateway');
  const requestJson = () => Promise.reject(new RequestError('no', { cause }));
  const requests = new CommandRequests('agencyos.cmd.kanban.board.gateway', { requestJson } as unknown as Bus);
  const message: CommandMessage = { id: newId(), type: 'MoveCard', data: {} };
  expect(await requests.add(message, '{}', 2, performance.now() + 3_600_000)).toMatchObject({
    id: message.id,
    problem: { code: 'not_permitted', status: 403, detail: expect.stringContaining('agencyos.cmd.kanban.board.gateway') },
  });
});
