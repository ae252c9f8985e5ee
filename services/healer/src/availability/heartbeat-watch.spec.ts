import { beforeEach, describe, expect, it } from '@jest/globals';
import { HeartbeatWatch, type ProcessState, type Watched } from './heartbeat-watch.js';

const NAMES = ['relay', 'kanban', 'swarm', 'approvals', 'gateway'];
const STEP_MS = 250;

let watch: HeartbeatWatch;
let now = 0;
let present: Map<string, Watched>;
let alive: Set<string>;
let processes: Map<string, ProcessState> | undefined;
let seen: string[];

const tell = (name: string, changes: Partial<Watched>) => {
  present.set(name, { ...present.get(name)!, ...changes });
  watch.expect(`service/${name}`, present.get(name));
};

const processesNow = () => processes && [...processes].map(([name, state]) => ({ name, state, instanceId: `${name}-1` }));

/** Lets time pass; every second who is alive is heard, if NATS is there. Reports reach the stream at once. */
function pass(ms: number, { connected = true } = {}): void {
  for (let passed = 0; passed < ms; passed += STEP_MS) {
    now += STEP_MS;
    if (connected && now % 1_000 === 0) for (const name of alive) watch.heard(`service/${name}`, `${name}-1`, now);
    if (connected) watch.echoed(now);
    for (const { monitorId, state } of watch.look(now, processesNow())) {
      seen.push(`${monitorId} ${state}`);
      if (state === 'breached' || state === 'clear') tell(monitorId, { breached: state === 'breached' });
      else tell(monitorId, { lost: state === 'no_data' });
    }
  }
}

beforeEach(() => {
  [watch, now, present, processes, seen] = [new HeartbeatWatch(), 0, new Map(), undefined, []];
  alive = new Set(NAMES);
  for (const name of NAMES) {
    present.set(name, {
      ...{ monitorId: name, everyMs: 1_000, missed: 3, clearForMs: 2_000, noDataMs: 3_000 },
      ...{ breached: false, lost: false },
    });
    tell(name, {});
  }
});

describe('heartbeats', () => {
  it('that come say nothing new', () => {
    pass(60_000);
    expect(seen).toEqual([]);
  });

  it('three missing are a breach, two good seconds clear it', () => {
    pass(5_000);
    alive.delete('kanban');
    pass(2_750);
    expect(seen).toEqual([]);
    pass(1_000);
    expect(seen).toEqual(['kanban breached']);
    alive.add('kanban');
    pass(2_000);
    expect(seen).toHaveLength(1);
    pass(1_250);
    expect(seen).toEqual(['kanban breached', 'kanban clear']);
  });

  it('one missing is enough when the supervisor knows that the process is dead', () => {
    pass(5_000);
    alive.delete('kanban');
    processes = new Map([['kanban', 'failed']]);
    expect(watch.suspicious).toBe(false);
    pass(750);
    expect(seen).toEqual([]);
    pass(250);
    expect([watch.suspicious, seen]).toEqual([false, ['kanban breached']]);
  });

  it('one missing of several is worth asking the supervisor, and no more than that', () => {
    pass(5_000);
    alive.delete('kanban');
    pass(1_000);
    expect([watch.suspicious, seen]).toEqual([true, []]);
    alive.add('kanban');
    pass(1_000);
    expect([watch.suspicious, seen]).toEqual([false, []]);
  });

  it('of another instance count from that one’s first', () => {
    pass(5_000);
    alive.delete('kanban');
    pass(4_000);
    watch.heard('service/kanban', 'kanban-2', now);
    pass(1_000);
    watch.heard('service/kanban', 'kanban-3', now);
    pass(1_500);
    watch.heard('service/kanban', 'kanban-3', now);
    expect(seen).toEqual(['kanban breached']);
    pass(750);
    expect(seen).toEqual(['kanban breached', 'kanban clear']);
  });

  it('missing from a process that is alive are a breach only after ten seconds: it may just be slow', () => {
    pass(5_000);
    alive.delete('kanban');
    processes = new Map([['kanban', 'ready']]);
    pass(9_000);
    expect(seen).toEqual([]);
    pass(1_250);
    expect(seen).toEqual(['kanban breached']);
  });

  it('of something not watched are ignored', () => {
    watch.heard('service/unknown', 'x', now);
    watch.expect('service/kanban', undefined);
    alive.delete('kanban');
    pass(20_000);
    expect(seen).toEqual([]);
  });
});

describe('at the beginning', () => {
  it('who is starting is waited for', () => {
    alive.delete('gateway');
    processes = new Map([['gateway', 'starting']]);
    pass(55_000);
    expect(seen).toEqual([]);
    pass(10_000);
    expect(seen).toEqual(['gateway breached']);
  });

  it('who never says anything is breached after a grace', () => {
    alive.delete('gateway');
    pass(12_000);
    expect(seen).toEqual([]);
    pass(2_000);
    expect(seen).toEqual(['gateway breached']);
  });

  it('who is known to be dead is not waited for', () => {
    alive.delete('gateway');
    processes = new Map([['gateway', 'failed']]);
    pass(1_250);
    expect(seen).toEqual(['gateway breached']);
  });

  it('who was told to stop is not missed', () => {
    pass(5_000);
    alive.delete('gateway');
    processes = new Map([['gateway', 'stopped']]);
    pass(55_000);
    expect(seen).toEqual([]);
  });

  it('a breach of before clears when the target is heard', () => {
    tell('kanban', { breached: true });
    pass(4_000);
    expect(seen).toEqual(['kanban clear']);
  });
});

describe('an impaired sight', () => {
  it('without NATS is no data, never a breach, and passes', () => {
    pass(5_000);
    pass(10_000, { connected: false });
    expect(seen).toEqual(NAMES.map((name) => `${name} no_data`));
    pass(3_000);
    expect(seen.slice(NAMES.length)).toEqual(NAMES.map((name) => `${name} data`));
  });

  it('a blink of NATS says nothing', () => {
    pass(5_000);
    pass(2_000, { connected: false });
    pass(10_000);
    expect(seen).toEqual([]);
  });

  it('of a NATS that stood still is no data, and what comes late afterwards is no death (fault 23)', () => {
    processes = new Map(NAMES.map((name) => [name, 'ready']));
    pass(5_000);
    pass(12_000, { connected: false });
    expect(seen).toEqual(NAMES.map((name) => `${name} no_data`));
    alive.delete('kanban'); // it takes longer to connect again
    pass(1_750);
    alive.add('kanban');
    pass(20_000);
    expect(seen.slice(NAMES.length).sort()).toEqual(NAMES.map((name) => `${name} data`).sort());
  });

  it('most of them silent at once is no data, never a breach', () => {
    pass(5_000);
    alive = new Set(['relay', 'gateway']);
    pass(30_000);
    expect(seen).toEqual(['kanban no_data', 'swarm no_data', 'approvals no_data']);
    alive = new Set(NAMES);
    pass(3_000);
    expect(seen.slice(3)).toEqual(['kanban data', 'swarm data', 'approvals data']);
  });

  it('unless the supervisor knows that their processes are dead', () => {
    pass(5_000);
    alive = new Set(['relay', 'gateway']);
    processes = new Map([
      ['kanban', 'failed'],
      ['swarm', 'failed'],
      ['approvals', 'ready'],
    ]);
    pass(30_000);
    expect(seen).toEqual(['kanban breached', 'swarm breached', 'approvals no_data']);
  });

  it('a minority is a breach', () => {
    pass(5_000);
    alive = new Set(['relay', 'gateway', 'approvals']);
    pass(30_000);
    expect(seen).toEqual(['kanban breached', 'swarm breached']);
  });

  it('exactly half of them is a breach still, one more is no data', () => {
    watch.expect('service/gateway', undefined);
    pass(5_000);
    alive = new Set(['relay', 'approvals']);
    pass(30_000);
    expect(seen).toEqual(['kanban breached', 'swarm breached']);
    alive.delete('approvals');
    pass(30_000);
    expect(seen.slice(2)).toEqual(['approvals no_data']);
  });

  it('a healer that was held up blames nobody', () => {
    pass(5_000);
    now += 60_000;
    pass(2_000);
    expect(seen).toEqual([]);
    alive.delete('kanban');
    pass(4_000);
    expect(seen).toEqual(['kanban breached']);
  });

  it('who stays silent when sight returns is breached', () => {
    pass(5_000);
    pass(10_000, { connected: false });
    alive.delete('kanban');
    pass(5_000);
    expect(seen.filter((line) => line.startsWith('kanban'))).toEqual(['kanban no_data', 'kanban data', 'kanban breached']);
  });
});
