import { beforeEach, describe, expect, it } from '@jest/globals';
import type { StepOutcome } from '../repair/repair.decider.js';
import { restartProcesses } from './restart-processes.js';
import type { ProcessStatus, SupervisorClient } from './supervisor-client.js';

const SINCE = '2026-01-01T00:00:00.000Z';
const BEFORE = '2025-12-31T00:00:00.000Z';
const AFTER = '2026-01-01T00:00:01.000Z';
const KEY = '0190b1c2-0000-7000-8000-0000000000e1';

let processes: ProcessStatus[];
let restarted: string[];
let actions: Map<string, { name: string; outcome: StepOutcome }>;

const running = (name: string, instanceId: string, rest: Partial<ProcessStatus> = {}): ProcessStatus => ({
  ...{ name, kind: 'service', restartedBy: 'healer', state: 'ready', startedAt: BEFORE, instanceId },
  ...(name === 'kanban-2' && { replicaOf: 'kanban' }),
  ...rest,
});
const supervisor = {
  status: () => Promise.resolve({ processes }),
  outcome: (key: string) => Promise.resolve(actions.get(key)?.outcome),
  restart(name: string, key: string) {
    restarted.push(name);
    actions.set(key, { name, outcome: { state: 'running' } });
    // It is another instance from now on.
    processes = processes.map((one) => (one.name === name ? { ...one, state: 'starting', instanceId: 'new' } : one));
    return Promise.resolve(actions.get(key)!.outcome);
  },
} as unknown as SupervisorClient;
const restart = (...instances: string[]) =>
  restartProcesses({
    ...{ supervisor, logger: { info: () => undefined } as never, service: 'kanban', since: SINCE },
    step: { repairId: KEY, actionKey: KEY, token: 1, instances },
  });
const end = (outcome: StepOutcome) => {
  for (const action of actions.values()) action.outcome = outcome;
};

beforeEach(() => {
  processes = [running('relay', 'r'), running('kanban', 'a'), running('kanban-2', 'b')];
  [restarted, actions] = [[], new Map()];
});

describe('a restart of a service', () => {
  it('is of the process whose instance is named, and of no other', async () => {
    processes[2] = running('kanban-2', 'b', { state: 'failed' });
    expect(await restart('b')).toEqual({ state: 'running' });
    expect(await restart('b')).toEqual({ state: 'running' });
    end({ state: 'done' });
    expect(await restart('b')).toEqual({ state: 'done' });
    expect(restarted).toEqual(['kanban-2']);
  });

  it('takes in what died meanwhile, each by an action of its own', async () => {
    processes[1] = running('kanban', 'a', { state: 'failed' });
    await restart('b');
    expect([restarted, new Set(actions.keys()).size, actions.get(KEY)!.name]).toEqual([['kanban', 'kanban-2'], 2, 'kanban']);
    end({ state: 'failed', detail: 'no port' });
    expect(await restart('b')).toEqual({ state: 'failed', detail: 'no port' });
  });

  it('is done when another instance has taken its place', async () => {
    expect(await restart('gone')).toEqual({ state: 'done' });
    processes[1] = running('kanban', 'a', { startedAt: AFTER });
    expect(await restart('a')).toEqual({ state: 'done' });
    expect(restarted).toEqual([]);
  });

  it('is of all its processes when nobody has been heard', async () => {
    await restart();
    expect(restarted).toEqual(['kanban', 'kanban-2']);
  });

  it('of which the supervisor runs no process is for it to refuse', async () => {
    processes = [];
    await restart('a');
    expect(restarted).toEqual(['kanban']);
  });
});
