import { newId, type ReadyRow, type TaskOffer } from '@agencyos/contracts';
import type { Bus, EventStore, Logger, Views } from '@agencyos/runtime';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Reoffers } from './reoffers.js';

const runId = newId();
let rows: ReadyRow[];
let offered: { taskId: string; at: number }[];
let bus: { connected: boolean; away: boolean };
let reconnect: (() => void) | undefined;
let warned: Record<string, unknown>[];
let stop: AbortController;
let reoffers: Reoffers;
let running: Promise<void>;
/** Why the queues cannot be looked at. */
let blind: Error | undefined;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
  [rows, offered, warned, stop] = [[], [], [], new AbortController()];
  bus = { connected: true, away: false };
  blind = undefined;
});
afterEach(() => {
  stop.abort();
  jest.useRealTimers();
});

function start(): void {
  const started = performance.now();
  const request = async (_: string, { taskId }: TaskOffer) => {
    if (bus.away) throw new Error('no responders');
    offered.push({ taskId, at: performance.now() - started });
    return {};
  };
  const onReconnect = (listener: () => void) => {
    reconnect = listener;
    return () => (reconnect = undefined);
  };
  const store = {
    async *read(_: string, revision: number) {
      const row = rows.find((one) => one.revision === revision);
      if (row) yield { type: 'TaskScheduled', data: { ...row, leaseMs: 1, timeoutMs: 1 } };
    },
  };
  const list = async () => {
    if (blind) throw blind;
    return rows.map((row) => [`ready/${row.runId}/${row.taskId}`, row]);
  };
  reoffers = new Reoffers(
    { of: () => ({ list }) } as unknown as Views,
    store as unknown as EventStore,
    Object.assign(bus, { request, onReconnect }) as unknown as Bus,
    { warn: (fields: object) => void warned.push({ ...fields }) } as unknown as Logger,
  );
  running = reoffers.run(stop.signal);
}
const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);
const row = (taskId: string, more: Partial<ReadyRow> = {}): ReadyRow =>
  ({
    ...{ runId, taskId, role: 'check', priority: 0, attempt: 1, revision: rows.length + 1 },
    ...{ readyAt: '2026-11-22T10:00:00.000Z', ...more },
  }) as ReadyRow;
const give = (taskId: string, more: Partial<ReadyRow> = {}) => void rows.push(row(taskId, more));
const times = () => offered.map(({ at }) => at);

describe('a task that nobody has taken', () => {
  it('is offered again after ten seconds, then less and less often', async () => {
    give('a');
    start();
    await pass(9_999);
    expect(offered).toEqual([]);
    await pass(400_000);
    expect(times()).toEqual([10_000, 30_000, 70_000, 150_000, 230_000, 310_000, 390_000]);
  });

  it('is offered no more once it is taken, and anew as another attempt', async () => {
    give('a');
    start();
    await pass(10_000);
    rows = [];
    await pass(30_000);
    give('a', { attempt: 2 });
    await pass(9_000);
    expect(times()).toEqual([10_000]);
    await pass(2_000);
    expect(offered).toHaveLength(2);
  });

  it('is one of eight of its role, the most urgent, so that it stands in nobody’s way', async () => {
    for (let n = 0; n < 10; n++) give(`low-${n}`);
    give('urgent', { priority: 5 });
    give('other', { role: 'notes' });
    start();
    await pass(10_000);
    expect(offered.map(({ taskId }) => taskId)).toEqual(['urgent', ...Array.from({ length: 7 }, (_, n) => `low-${n}`), 'other']);
  });

  it('waits while NATS is away, and is offered as soon as it is back', async () => {
    bus.connected = false;
    give('a');
    start();
    await pass(20_000);
    expect(offered).toEqual([]);
    bus.connected = true;
    await pass(1_000);
    expect(offered).toHaveLength(1);
  });

  it('is tried again where it could not be offered, and that is told', async () => {
    bus.away = true;
    give('a');
    start();
    await pass(10_000);
    expect(warned).toEqual([{ runId, taskId: 'a', error: 'no responders' }]);
    bus.away = false;
    await pass(1_000);
    expect(times()).toEqual([11_000]);
  });
});

describe('after a reconnect', () => {
  it('everything is offered once more: NATS may have forgotten all', async () => {
    give('a');
    start();
    await pass(500);
    reconnect!();
    await pass(500);
    expect(times()).toEqual([1_000]);
    await pass(19_999);
    expect(offered).toHaveLength(1);
    await pass(1);
    expect(times()).toEqual([1_000, 21_000]);
  });

  it('it is not forgotten where the queues cannot be looked at just then', async () => {
    give('a');
    start();
    await pass(0);
    blind = new Error('connection refused');
    const ended = expect(running).rejects.toBe(blind);
    reconnect!();
    await pass(1_000);
    await ended;
    blind = undefined;
    running = reoffers.run(stop.signal);
    await pass(0);
    expect(times()).toEqual([1_000]);
  });

  it('nobody is listened to any more once the work has ended', async () => {
    start();
    await pass(0);
    expect(reconnect).toBeDefined();
    stop.abort();
    await running;
    expect(reconnect).toBeUndefined();
  });
});
