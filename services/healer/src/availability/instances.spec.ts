import { beforeEach, describe, expect, it } from '@jest/globals';
import { HeartbeatWatch, type RunProcess, type Transition, type Watched } from './heartbeat-watch.js';

const STEP_MS = 250;
const KANBAN = 'service/kanban';

let watch: HeartbeatWatch;
let now: number;
let present: Watched;
let alive: Set<string>;
let processes: RunProcess[] | undefined;
let seen: Transition[];

const told = () => seen.map(({ state }) => state);
const tell = (changes: Partial<Watched>) => watch.expect(KANBAN, (present = { ...present, ...changes }));

/** Lets time pass; every second each instance alive is heard. Other services are well, so that sight is not impaired. */
function pass(ms: number): void {
  for (let passed = 0; passed < ms; passed += STEP_MS) {
    now += STEP_MS;
    if (now % 1_000 === 0) {
      for (const id of alive) watch.heard(KANBAN, id, now);
      for (const other of ['swarm', 'relay']) watch.heard(`service/${other}`, other, now);
    }
    watch.echoed(now);
    for (const transition of watch.look(now, processes)) {
      seen.push(transition);
      if (transition.state === 'breached' || transition.state === 'clear') tell({ breached: transition.state === 'breached' });
    }
  }
}

beforeEach(() => {
  [watch, now, processes, seen] = [new HeartbeatWatch(), 0, undefined, []];
  alive = new Set(['a', 'b']);
  present = {
    ...{ monitorId: 'kanban', everyMs: 1_000, missed: 3, clearForMs: 2_000, noDataMs: 3_000 },
    ...{ breached: false, lost: false },
  };
  tell({});
  for (const other of ['swarm', 'relay']) watch.expect(`service/${other}`, { ...present, monitorId: other });
});

describe('two instances of a service', () => {
  it('that are well say nothing new', () => {
    pass(60_000);
    expect(seen).toEqual([]);
  });

  it('clear a breach of before', () => {
    tell({ breached: true });
    pass(4_000);
    expect(told()).toEqual(['clear']);
  });

  it('of which one dies are a breach that names it', () => {
    pass(5_000);
    alive.delete('b');
    pass(3_250);
    expect(seen).toMatchObject([{ state: 'breached', instances: ['b'], among: 2, missed: 3 }]);
  });

  it('that both die are a breach of all', () => {
    pass(5_000);
    alive.clear();
    pass(4_000);
    expect(told()).toEqual(['breached']);
    expect(seen[0]).toMatchObject({ instances: ['a', 'b'] });
    expect(seen[0]).not.toHaveProperty('among');
  });

  it('are not good again while the dead one has no successor, and are two seconds after it has one', () => {
    pass(5_000);
    alive.delete('b');
    pass(30_000);
    expect(told()).toEqual(['breached']);
    alive.add('c');
    pass(2_750);
    expect(told()).toEqual(['breached']);
    pass(1_000);
    expect(told()).toEqual(['breached', 'clear']);
  });

  it('each need a successor of their own', () => {
    pass(5_000);
    alive.clear();
    pass(5_000);
    alive.add('c');
    pass(20_000);
    expect(told()).toEqual(['breached']);
    alive.add('d');
    pass(5_000);
    expect(told()).toEqual(['breached', 'clear']);
  });

  it('of which one is replaced within three seconds say nothing', () => {
    pass(5_000);
    alive.delete('b');
    pass(1_000);
    alive.add('c');
    pass(30_000);
    expect(seen).toEqual([]);
  });

  it('of which one says that it leaves are one, and it is not missed', () => {
    pass(5_000);
    alive.delete('b');
    watch.left(KANBAN, 'b', now);
    pass(60_000);
    expect(seen).toEqual([]);
    alive.delete('a');
    pass(4_000);
    expect(seen).toMatchObject([{ state: 'breached', instances: ['a'] }]);
  });

  it('that both leave are missed as a service', () => {
    pass(5_000);
    for (const id of alive) watch.left(KANBAN, id, now);
    alive.clear();
    pass(2_500);
    expect(seen).toEqual([]);
    pass(1_000);
    expect(seen).toMatchObject([{ state: 'breached', instances: [] }]);
  });

  it('become three without anybody being taken for dead, and each of them is missed', () => {
    pass(5_000);
    alive.add('c');
    pass(10_000);
    expect(seen).toEqual([]);
    alive.delete('a');
    pass(4_000);
    expect(seen).toMatchObject([{ state: 'breached', instances: ['a'], among: 3 }]);
  });

  it('of which one comes back as it was clear the breach', () => {
    pass(5_000);
    alive.delete('b');
    pass(5_000);
    alive.add('b');
    pass(4_000);
    expect(told()).toEqual(['breached', 'clear']);
  });

  it('are told from names without end', () => {
    pass(5_000);
    for (let n = 0; n < 5_000; n++) watch.heard(KANBAN, `made up ${n}`, now);
    pass(4_000);
    expect(seen[0]!.instances.length).toBeLessThanOrEqual(1_000);
  });

  it('that nobody replaces are waited for a quarter of an hour', () => {
    pass(5_000);
    alive.delete('b');
    pass(14 * 60_000);
    expect(told()).toEqual(['breached']);
    pass(2 * 60_000);
    expect(told()).toEqual(['breached', 'clear']);
  });
});

describe('what the supervisor says of them', () => {
  const one = (state: RunProcess['state'], instanceId: string): RunProcess => ({ name: 'kanban', state, instanceId });

  it('makes one missing heartbeat of a dead one enough', () => {
    pass(5_000);
    alive.delete('b');
    processes = [one('ready', 'a'), one('failed', 'b')];
    pass(1_000);
    expect(seen).toMatchObject([{ state: 'breached', instances: ['b'], among: 2 }]);
  });

  it('tells of one that died before it was heard here, however well the other one is', () => {
    alive.delete('b');
    processes = [one('ready', 'a'), one('failed', 'b')];
    pass(2_000);
    expect(seen).toMatchObject([{ state: 'breached', instances: ['b'], among: 2 }]);
    pass(20 * 60_000);
    expect(told()).toEqual(['breached']);
    processes = [one('ready', 'a'), one('starting', 'c')];
    pass(2_000);
    alive.add('c');
    processes = [one('ready', 'a'), one('ready', 'c')];
    pass(4_000);
    expect(told()).toEqual(['breached', 'clear']);
  });

  it('gives one that is started again its time, and the other one goes on', () => {
    pass(5_000);
    alive.delete('b');
    processes = [one('ready', 'a'), one('starting', 'c')];
    pass(50_000);
    expect(seen).toEqual([]);
  });

  it('makes another instance no successor of one that is still down', () => {
    pass(5_000);
    alive.delete('b');
    alive.add('c');
    processes = [one('ready', 'a'), one('failed', 'b'), one('ready', 'c')];
    pass(10_000);
    expect(seen).toMatchObject([{ state: 'breached', instances: ['b'], among: 3 }]);
  });

  it('lets go of starts that came to nothing', () => {
    pass(5_000);
    alive.delete('b');
    for (const failing of ['c', 'd', 'e']) {
      processes = [one('ready', 'a'), one('starting', failing)];
      pass(2_000);
      processes = [one('ready', 'a'), one('failed', failing)];
      pass(2_000);
    }
    processes = [one('ready', 'a'), one('ready', 'f')];
    alive.add('f');
    pass(5_000);
    expect(told()).toEqual(['breached', 'clear']);
  });
});
