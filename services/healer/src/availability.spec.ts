import type { Bus, Commands, DatabaseClock, EventStore, Logger, RecordedEvent } from '@agencyos/runtime';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { monitor, MONITOR } from '../test/samples.js';
import type { SupervisorClient } from './supervisor/supervisor-client.js';
import { Availability } from './availability.js';

const START = Date.parse('2026-01-01T00:00:00.000Z');
interface Report {
  monitorId: string;
  state: string;
  [field: string]: unknown;
}

let heard: (message: { subject: string; data: { byteLength: number }; json(): unknown }) => void;
let tell: (...events: [type: string, data: object][]) => void;
let reports: (Report & { at: number })[];
let refuses: boolean;
let warned: number;
let bus: { connected: boolean; hangs: boolean };
/** The connection that hangs breaks. */
let lose: (error: Error) => void;
let processes: object[] | undefined;
let asked: number[];
let stop: AbortController;
let running: Promise<void>;
let others: NodeJS.Timeout;
const open = { breachId: 'b', sinceAt: '', instances: [] };

const now = () => Date.now() - START;
const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

beforeEach(async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'], now: START });
  [reports, refuses, warned, processes, asked, stop] = [[], false, 0, undefined, [], new AbortController()];
  bus = { connected: true, hangs: false };
  const flush = () => (bus.hangs ? new Promise<void>((_, reject) => (lose = reject)) : Promise.resolve());
  Object.assign(bus, { subscribe: (_: string, handle: typeof heard) => (heard = handle), connection: { flush } });
  const pages: RecordedEvent[][] = [];
  let wake = () => undefined as void;
  tell = (...events) => {
    const metadata = { recordedAt: new Date().toISOString(), actor: 'service:healer' };
    const recorded = ([type, data]: (typeof events)[number]) => {
      const { monitorId = MONITOR } = data as { monitorId?: string };
      return { stream: `monitor-${monitorId}`, type, data, metadata } as unknown as RecordedEvent;
    };
    pages.push(events.map(recorded));
    wake();
  };
  const store = {
    async *subscribe(_: bigint, { signal }: { signal: AbortSignal }) {
      while (!signal.aborted) {
        const events = pages.shift();
        if (events) yield { events, position: 1n };
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
            signal.addEventListener('abort', () => resolve());
          });
      }
    },
  };
  const execute = async (_: string, report: Report) => {
    if (refuses) throw new Error('the log is away');
    const { monitorId } = report;
    if (monitorId.startsWith('kanban')) reports.push({ ...report, at: now() });
    if (report.state === 'breached') tell(['MonitorBreached', { ...open, monitorId }]);
    if (report.state === 'clear') tell(['MonitorCleared', { monitorId }]);
    if (report.state === 'no_data') tell(['MonitorDataLost', { monitorId, sinceAt: report['sinceAt'] }]);
    if (report.state === 'data') tell(['MonitorDataReturned', { monitorId }]);
  };
  const status = async () => {
    asked.push(now());
    if (!processes) throw new Error('connection refused');
    return { processes };
  };
  const availability = new Availability({
    ...{ store: store as unknown as EventStore, bus: bus as unknown as Bus, commands: { execute } as unknown as Commands },
    ...{ clock: { now: () => new Date().toISOString() } as DatabaseClock, supervisor: { status } as unknown as SupervisorClient },
    logger: { info: () => undefined, warn: () => void warned++ } as unknown as Logger,
  });
  running = availability.run(stop.signal);
  tell(['MonitorPublished', { ...monitor, version: 1 }]);
  // Were most of all targets silent, the fault would be ours.
  for (const name of ['swarm', 'relay']) {
    const probe = { value: { ...monitor.probe.value, name } };
    tell(['MonitorPublished', { ...monitor, monitorId: `${name}-availability`, probe, version: 1 }]);
  }
  others = setInterval(() => {
    for (const name of ['swarm', 'relay']) beats({}, `agencyos.hb.service.${name}`);
  }, 500);
  await pass(0);
});
afterEach(async () => {
  stop.abort();
  clearInterval(others);
  await pass(1_000);
  await running;
  jest.useRealTimers();
});

const beats = (body: object = {}, subject = 'agencyos.hb.service.kanban') =>
  heard({ subject, data: { byteLength: 200 }, json: () => ({ instanceId: 'i1', ...body }) });
async function beatFor(seconds: number, body: object = {}): Promise<void> {
  for (let n = 0; n < seconds; n++) {
    for (let half = 0; half < 2; half++) {
      beats(body);
      await pass(500);
    }
  }
}
const states = () => reports.map(({ state }) => state);

describe('heartbeats of a service', () => {
  it('that come are nothing to report', async () => {
    await beatFor(30);
    expect(reports).toEqual([]);
  });

  it('that are missing three times in a row are a breach since the last one, told once', async () => {
    await beatFor(5);
    await pass(10_000);
    expect(reports).toMatchObject([
      {
        ...{ monitorId: MONITOR, state: 'breached', value: 3, threshold: 3, window: 'heartbeats in a row' },
        ...{ instances: ['i1'], sinceAt: new Date(START + 4_500).toISOString() },
      },
    ]);
    expect(reports[0]!.at).toBeGreaterThanOrEqual(7_500);
    expect(reports[0]!.at).toBeLessThan(8_500);
  });

  it('that are back for as long as the monitor wants clear it', async () => {
    await beatFor(5);
    await pass(5_000);
    await beatFor(6);
    expect(states()).toEqual(['breached', 'clear']);
    expect(reports[1]).toMatchObject({ value: 0, monitorId: MONITOR });
    expect(reports[1]).not.toHaveProperty('threshold');
    expect(reports[1]!.at - 10_000).toBeGreaterThanOrEqual(monitor.clearForMs);
  });

  it('of one of two are missed as one among two', async () => {
    for (let n = 0; n < 5; n++) {
      beats({ instanceId: 'i2' });
      await beatFor(1);
    }
    await beatFor(5);
    expect(reports).toMatchObject([{ state: 'breached', instances: ['i2'], among: 2 }]);
  });

  it('are of somebody without a name where they name nobody', async () => {
    await beatFor(5, { instanceId: 7 });
    await pass(5_000);
    expect(reports).toMatchObject([{ state: 'breached', instances: [] }]);
  });

  it('of others are not taken for its own', async () => {
    await beatFor(2);
    for (let n = 0; n < 6; n++) {
      beats({}, 'agencyos.hb.agent.kanban');
      await pass(1_000);
    }
    expect(states()).toEqual(['breached']);
  });

  it('of a dead one are waited for no longer than the next', async () => {
    processes = [{ name: 'kanban', state: 'failed', instanceId: 'i1' }];
    await beatFor(12);
    await pass(1_500);
    expect(states()).toEqual(['breached']);
    expect(reports[0]!.at).toBeLessThan(13_500);
  });

  it('of one that is alive are waited for longer: it may only be slow', async () => {
    processes = [{ name: 'kanban', state: 'ready', instanceId: 'i1' }];
    await beatFor(5);
    await pass(8_000);
    expect(reports).toEqual([]);
    await pass(5_000);
    expect(states()).toEqual(['breached']);
  });

  it('are nobody’s once it said that it leaves, until another one ought to tell of itself', async () => {
    processes = [{ name: 'kanban', state: 'stopped', instanceId: 'i1' }];
    await beatFor(5);
    beats({ leaving: true });
    await pass(20_000);
    expect(reports).toEqual([]);
  });
});

describe('what cannot be heard', () => {
  it('proves nothing while NATS does not answer: there is no data, until it does', async () => {
    await beatFor(5);
    bus.hangs = true;
    await pass(10_000);
    expect(states()).toEqual(['no_data']);
    bus.hangs = false;
    lose(new Error('connection lost'));
    await beatFor(3);
    expect(states()).toEqual(['no_data', 'data']);
  });
});

describe('a report', () => {
  it('that is not taken is made again at the next look', async () => {
    refuses = true;
    await beatFor(5);
    await pass(5_000);
    expect(reports).toEqual([]);
    expect(warned).toBeGreaterThan(2);
    refuses = false;
    await pass(500);
    expect(states()).toEqual(['breached']);
  });
});

describe('the supervisor', () => {
  it('is asked every ten seconds, more often while something is in breach or overdue', async () => {
    processes = [];
    await beatFor(20);
    expect(asked.length).toBeLessThanOrEqual(3);
    const before = asked.length;
    await pass(10_000);
    expect(asked.length - before).toBeGreaterThanOrEqual(8);
  });

  it('is not asked while NATS is away', async () => {
    bus.connected = false;
    processes = [];
    await pass(1_000);
    const before = asked.length;
    await pass(30_000);
    expect(asked).toHaveLength(before);
  });
});

describe('what a service says of its consumers', () => {
  const consumers = { ...monitor, monitorId: 'kanban-consumers', probe: { value: { kind: 'consumers', name: 'kanban' } } };
  const trouble = { why: 'parked', since: new Date(START).toISOString(), cause: 'a defect' };

  it('is a breach where one of them is in trouble, since when that began', async () => {
    tell(['MonitorPublished', { ...consumers, version: 2 }]);
    await beatFor(4, { consumers: [{ consumer: 'board', lag: 3, trouble }] });
    expect(reports).toMatchObject([
      {
        ...{ monitorId: 'kanban-consumers', state: 'breached', value: 1, threshold: 0, instances: ['i1'] },
        ...{ window: 'board parked facts: a defect', sinceAt: trouble.since },
      },
    ]);
    await beatFor(5);
    expect(states()).toEqual(['breached', 'clear']);
  });

  it('is not told while NATS is away, and is no trouble once it has left', async () => {
    tell(['MonitorPublished', { ...consumers, version: 2 }]);
    bus.connected = false;
    beats({ consumers: [{ consumer: 'board', lag: 3, trouble }] });
    await pass(1_000);
    beats({ leaving: true });
    bus.connected = true;
    await pass(2_000);
    expect(reports).toEqual([]);
  });
});

it('watches nothing that is not published, or of another kind', async () => {
  tell(['MonitorPublished', { ...monitor, monitorId: 'kanban-x', probe: { value: { kind: 'backups' } }, version: 2 }]);
  tell(['MonitorBreached', { ...open, monitorId: 'kanban-y' }]);
  await beatFor(5);
  expect(reports).toEqual([]);
});

it('an agent that floods its heartbeats takes no more than its share of the healer, which hears the others', () => {
  const read: string[] = [];
  const beat = (subject: string, byteLength: number) =>
    heard({ subject, data: { byteLength }, json: () => (read.push(subject), { instanceId: 'one' }) });
  const [loud, quiet] = ['agencyos.hb.agent.loud', 'agencyos.hb.agent.quiet'];
  for (let n = 0; n < 1_000; n++) beat(loud, 1024 * 1024);
  beat(quiet, 200);
  expect(read).toEqual([loud, loud, quiet]);
});
