import { ids, newId, type CommandAnswer, type CommandMessage, type Problem } from '@agencyos/contracts';
import type { Bus, Commands } from '@agencyos/runtime';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { LeaseScanner } from './lease-scanner.js';
import type { LeaseTable, Look, LostLease } from './lease-table.js';

let looks: Look[];
let looked: number[];
let ended: LostLease[];
let sent: CommandMessage[];
let answer: (message: CommandMessage) => Partial<CommandAnswer> & { problem?: object };
let bus: { connected: boolean };
let stop: AbortController;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
  [looks, looked, ended, sent, bus, stop] = [[], [], [], [], { connected: true }, new AbortController()];
  answer = ({ id }) => ({ id });
});
afterEach(() => {
  stop.abort();
  jest.useRealTimers();
});

function start(): void {
  const started = performance.now();
  const scan = async (): Promise<Look> => {
    looked.push(performance.now() - started);
    return looks.shift() ?? { lost: [] };
  };
  const send = async (messages: CommandMessage[]) => {
    sent.push(...messages);
    return messages.map(answer);
  };
  const leases = { scan, end: async (lease: LostLease) => void ended.push(lease) } as unknown as LeaseTable;
  void new LeaseScanner(leases, { send } as unknown as Commands, bus as Bus).run(stop.signal);
}
const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);
const lost = (more: Partial<LostLease> = {}): LostLease => ({
  ...{ runId: newId(), taskId: 'a', attempt: 2, eventId: newId(), lastSeenAt: '2026-11-22T10:00:00.000Z' },
  ...more,
});

describe('a lease that has run out', () => {
  const usage = { inputTokens: 1, outputTokens: 2, cachedTokens: 0, activeMs: 5 };

  it('is reported under an id that derives from its grant, and its row goes', async () => {
    const lease = lost({ usage });
    looks = [{ lost: [lease] }];
    start();
    await pass(0);
    const { runId, eventId, lastSeenAt } = lease;
    expect(sent).toEqual([
      {
        id: ids.timerCommand(eventId, 'lease'),
        type: 'ExpireLease',
        data: { runId, taskId: 'a', attempt: 2, lastSeenAt, usage },
        metadata: { causationId: eventId },
      },
    ]);
    expect(ended).toEqual([lease]);
  });

  it('is reported without a usage that the command does not take', async () => {
    looks = [{ lost: [lost(), lost({ usage: { ...usage, cost: { currency: 'none', micros: 1 } } })] }];
    start();
    await pass(0);
    for (const { data } of sent) expect(data).not.toHaveProperty('usage');
    expect(ended).toHaveLength(2);
  });

  it('keeps its row while nobody answers, and is reported again; refused for good, it goes', async () => {
    const [away, closed] = [lost(), lost()];
    looks = [{ lost: [away, closed] }, { lost: [away] }];
    answer = ({ data }) => ({
      problem: { status: data['runId'] === away.runId ? 503 : 409, code: 'x' } as Problem,
    });
    start();
    await pass(0);
    expect(ended).toEqual([closed]);
    answer = ({ id }) => ({ id });
    await pass(199);
    expect(sent).toHaveLength(2);
    await pass(1);
    expect(sent[2]!.id).toBe(sent[0]!.id);
    expect(ended).toEqual([closed, away]);
  });
});

describe('leases are looked at', () => {
  it('again when the next may run out, within 50 ms and half a second', async () => {
    looks = [{ lost: [], nextMs: 10 }, { lost: [], nextMs: 300 }, { lost: [], nextMs: 9_000 }, { lost: [] }];
    start();
    await pass(2_000);
    expect(looked.slice(0, 5)).toEqual([0, 50, 350, 850, 1_350]);
  });

  it('again at once where there were a hundred', async () => {
    looks = [{ lost: Array.from({ length: 100 }, () => lost()) }, { lost: [lost()] }];
    start();
    await pass(0);
    expect([looked.length, ended.length]).toEqual([2, 101]);
  });

  it('not while NATS is away: silence proves nothing then', async () => {
    bus.connected = false;
    start();
    await pass(5_000);
    expect(looked).toEqual([]);
    bus.connected = true;
    await pass(500);
    expect(looked).toHaveLength(1);
  });

  it('no more once the work ends', async () => {
    start();
    await pass(0);
    stop.abort();
    await pass(5_000);
    expect(looked).toHaveLength(1);
  });
});
