import { ids, newId, type CommandMessage } from '@agencyos/contracts';
import type { Commands, Logger } from '@agencyos/runtime';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { agentsOf, installation, processesOf, type InstalledProcess } from '@agencyos/contracts/installation';
import { seed, seedsOf } from './seeding.js';
import type { SupervisorClient } from './supervisor/supervisor-client.js';

/** What is published of one process: the monitors' probes, and whether the healer may restart it. */
function seeded(rows: readonly InstalledProcess[], name: string) {
  const of = (type: string) =>
    seedsOf(rows).flatMap((seed) =>
      seed.type === type && (seed.data as { targetId: string }).targetId === name ? [seed.data] : [],
    );
  const [target] = of('RegisterTarget') as { kind: string }[];
  const probes = (of('PublishMonitor') as { probe: { value: object } }[]).map(({ probe }) => probe.value);
  return { kind: target?.kind, probes, restarts: of('SetAutonomy').length > 0 };
}

const rows = processesOf(installation);
const consumersOf = (name: string) => ({ kind: 'consumers', name });

describe('what the healer watches and may restart, by the table', () => {
  it('a service by what it says of itself and of its consumers', () => {
    const heartbeat = { kind: 'heartbeat', of: 'service', name: 'kanban', everyMs: 1_000 };
    expect(seeded(rows, 'kanban')).toEqual({ kind: 'service', probes: [heartbeat, consumersOf('kanban')], restarts: true });
  });

  it.each([
    ['nats', 'queue', []],
    ['postgres', 'database', []],
    ['healer', 'service', [consumersOf('healer')]],
  ])('%s, which the supervisor restarts, by the journal', (name, kind, consumers) => {
    const probes = [{ kind: 'journal', process: name }, ...consumers];
    expect(seeded(rows, name)).toEqual({ kind, probes, restarts: false });
  });

  it('further processes of a service as what they are: replicas of one target', () => {
    const second = { ...rows.find(({ name }) => name === 'kanban')!, name: 'kanban-2', replicaOf: 'kanban' };
    const targets = seedsOf([...rows, second]).filter(({ type }) => type === 'RegisterTarget');
    expect(targets).toHaveLength(rows.length);
    expect(targets.find(({ what }) => what === 'target/kanban')?.data).toMatchObject({ replicas: 2 });
  });

  it.each(['command', 'scribe', 'mcp-tools'])('an agent of the kind %s by what agents say', (kind) => {
    const agents = agentsOf({ agentKinds: [{ kind, folder: '', instances: 2, roles: [] }] });
    const heartbeat = { kind: 'heartbeat', of: 'agent', name: `${kind}-2`, everyMs: 2_000 };
    expect(seeded(agents, `${kind}-2`)).toEqual({ kind: 'agents', probes: [heartbeat], restarts: true });
  });
});

describe('what is seeded at every start', () => {
  const installationId = newId();
  const processes = [{ name: 'kanban', kind: 'service', restartedBy: 'healer', state: 'ready' }];
  let batches: CommandMessage[][];
  let refuses: (batch: number) => number | undefined;
  let status: () => Promise<object>;
  let stop: AbortController;
  let ended: boolean;

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    [batches, stop, ended] = [[], new AbortController(), false];
    [refuses, status] = [() => undefined, async () => ({ processes })];
  });
  afterEach(() => {
    stop.abort();
    jest.useRealTimers();
  });

  function start(supervised = true): void {
    const send = async (messages: CommandMessage[]) => {
      batches.push(messages);
      const refused = refuses(batches.length);
      return messages.map(({ id }) => (refused ? { id, problem: { status: refused, code: 'x' } } : { id }));
    };
    const supervisor = supervised ? ({ status: () => status() } as unknown as SupervisorClient) : undefined;
    const logger = { warn: () => undefined } as unknown as Logger;
    void seed({ commands: { send } as unknown as Commands, logger, supervisor, installationId }, stop.signal).then(
      () => (ended = true),
    );
  }
  const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);
  const types = () => batches.map((batch) => batch.map(({ type }) => type));
  const ofKanban = ['RegisterTarget', 'PublishMonitor', 'PublishMonitor', 'SetAutonomy'];

  it('is the switch, and what the supervisor runs, under the same ids each time', async () => {
    start();
    await pass(0);
    expect(types()).toEqual([['SetHealingMode'], expect.arrayContaining(ofKanban)]);
    expect(ended).toBe(true);
    expect(batches[1]!.find(({ type }) => type === 'RegisterTarget')!.id).toBe(ids.seed(installationId, 'target/kanban'));
    const first = batches.flat().map(({ id }) => id);
    start();
    await pass(0);
    expect(batches.slice(2).flatMap((batch) => batch.map(({ id }) => id))).toEqual(first);
  });

  it('are the backups, too, where they are made by themselves', async () => {
    const data = () => batches[1]!.map(({ data: { targetId } }) => targetId);
    start();
    await pass(0);
    expect(data()).not.toContain('backups');
    batches = [];
    status = async () => ({ processes, backups: {} });
    start();
    await pass(0);
    expect(data().filter((target) => target === 'backups')).toHaveLength(2);
  });

  it('is the switch alone where nothing supervises', async () => {
    start(false);
    await pass(0);
    expect(types()).toEqual([['SetHealingMode']]);
    expect(ended).toBe(true);
  });

  it('waits for the supervisor, each half a second', async () => {
    const answers = status;
    status = () => Promise.reject(new Error('connection refused'));
    start();
    await pass(1_200);
    expect([batches.length, ended]).toEqual([3, false]);
    status = answers;
    await pass(300);
    expect(ended).toBe(true);
  });

  it('is sent again until it is taken, or refused for good', async () => {
    refuses = (batch) => (batch === 1 || batch === 3 ? 503 : undefined);
    start();
    await pass(0);
    expect([batches.length, ended]).toEqual([1, false]);
    await pass(500);
    expect([batches.length, ended]).toEqual([3, false]);
    refuses = () => 409;
    await pass(500);
    expect([batches.length, ended]).toEqual([5, true]);
  });

  it('ends with the process', async () => {
    status = () => Promise.reject(new Error('connection refused'));
    start();
    await pass(0);
    stop.abort();
    await pass(0);
    expect(ended).toBe(true);
  });
});
