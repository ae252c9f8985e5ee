import { newId, type CommandAnswer, type CommandMessage } from '@agencyos/contracts';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { PermissionViolationError, RequestError } from '@nats-io/transport-node';
import type { Bus } from '../messaging/bus.js';
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
    while (bus.requests.length === 2) await turn();
    expect(bus.sizes).toEqual([1, 1, 3]);
    bus.requests[2]!.answer();
    await Promise.all(late);
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
