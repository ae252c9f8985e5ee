import { describe, expect, it } from '@jest/globals';
import { agentsOf, installation, processesOf, type InstalledProcess } from '@agencyos/contracts/installation';
import { seedsOf } from './seeding.js';

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
