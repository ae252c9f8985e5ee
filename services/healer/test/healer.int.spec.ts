import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  healerViews,
  type ViewDefinition,
  ids,
  subjects,
  type IncidentRow,
  type ServiceRow,
  type ViewPage,
} from '@agencyos/contracts';
import { agentsOf, installation, processesOf } from '@agencyos/contracts/installation';
import { factOf, PostgresEventStore } from '@agencyos/runtime';
import { untilAnswered } from '@agencyos/testing';
import { startTestServers, type TestServers } from '@agencyos/testing/servers';
import type { NatsConnection } from '@nats-io/transport-node';
import type { z } from 'zod';
import { ProcessSupervisor } from './process-supervisor.js';

const SERVICES = ['kanban', 'swarm', 'approvals', 'relay'];
/** Of a kind that the installation does not have. */
const AGENT = 'scribe-1';
const HEALED = [...SERVICES, AGENT];
const table = [
  ...processesOf(installation).filter(({ name }) => [...SERVICES, 'nats', 'postgres', 'healer'].includes(name)),
  ...agentsOf({ agentKinds: [{ kind: 'scribe', folder: '', instances: 1, roles: ['scribe'] }] }),
];
const root = join(import.meta.dirname, '..');

let folder: string;
let servers: TestServers;
let supervisor: ProcessSupervisor;
let store: PostgresEventStore;
let gateway: NatsConnection;
let healer: ChildProcess;

class Ended extends Error {}

const file = () => join(folder, 'supervisor.json');
const log = () => join(folder, 'healer.log');

async function startHealer(): Promise<void> {
  healer = spawn(process.execPath, [join(root, 'dist', 'main.js')], {
    env: {
      ...process.env,
      ...servers.environment('healer'),
      HEALTH_PORT: '0',
      LOG_LEVEL: 'info',
      AGENCYOS_SUPERVISOR_FILE: file(),
    },
    stdio: ['ignore', openSync(log(), 'a'), 'inherit'],
  });
  const started = healer;
  await until(async () => {
    if (started.exitCode !== null) throw new Ended(`the healer ended at its start: ${readFileSync(log(), 'utf8').slice(-4_000)}`);
    return (await query('incidents')) !== undefined;
  });
}

async function endHealer(signal: NodeJS.Signals): Promise<void> {
  if (healer.exitCode !== null || healer.signalCode !== null) return;
  healer.kill(signal);
  await once(healer, 'exit');
}

const facts = async (...categories: string[]) => (await store.readAll(0n, { limit: 5_000, categories })).events.map(factOf);
const types = async (...categories: string[]) => (await facts(...categories)).map(({ type }) => type);
/** Incidents of one target, in order. */
const incidentsOf = async (targetId: string) =>
  (await facts('incident')).filter(({ type, data }) => type === 'IncidentOpened' && data['targetId'] === targetId);
const resolutionsOf = async (targetId: string) =>
  (await facts('incident')).filter(({ type, data }) => type === 'IncidentResolved' && data['targetId'] === targetId);
const repairsOf = async (targetId: string) =>
  (await facts('repair')).filter(({ type, data }) => type === 'RepairStarted' && data['targetId'] === targetId);

async function query(kind: string): Promise<ViewPage> {
  const subject = subjects.query('healer', kind, 'gateway');
  return (await gateway.request(subject, JSON.stringify({ id: 'all' }), { timeout: 2_000 })).json<ViewPage>();
}

const until = (condition: () => Promise<boolean>) => untilAnswered(condition, { isOver: (error) => error instanceof Ended });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'agencyos-healer-'));
  servers = await startTestServers({ agentIds: [AGENT] });
  const command = (name: string, instanceId: string) => ({
    script: join(root, 'test', 'heartbeating.mjs'),
    env: {
      NAME: name,
      OF: name === AGENT ? 'agent' : 'service',
      INSTANCE: instanceId,
      NATS_URL: servers.natsUrl,
      NATS_NKEY_FILE: servers.nkeyFile(name === AGENT ? `agent_${name}` : name),
    },
  });
  supervisor = new ProcessSupervisor(file(), command, table);
  await supervisor.listen();
  await Promise.all(HEALED.map((name) => supervisor.start(name)));
  gateway = await servers.connect('gateway');
  store = new PostgresEventStore({ url: servers.databaseUrl, name: 'healer-test' });
  await startHealer();
  await until(async () => (await types('autonomy')).length === HEALED.length);
});

afterAll(async () => {
  await endHealer('SIGKILL');
  await supervisor.stop();
  await store.close();
  await gateway.close();
  await servers.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('the healer', () => {
  it('watches what the supervisor runs', async () => {
    await until(async () => Object.keys((await query('services')).rows).length === 3 * SERVICES.length + 9);
    const { rows } = await query('services');
    expect(rows['target/kanban']).toMatchObject({
      kind: 'service',
      driver: 'supervisor',
      state: 'healthy',
      // Published side by side.
      monitors: expect.arrayContaining(['kanban-availability', 'kanban-consumers']),
    });
    expect(rows['target/nats']).toMatchObject({ kind: 'queue' });
    expect(rows[`target/${AGENT}`]).toMatchObject({ kind: 'agents', monitors: [`${AGENT}-availability`] });
    expect((await query('healing')).rows).toMatchObject({
      mode: { mode: 'live', why: 'seeded', by: 'service:healer' },
      'runbook/restart-service': { version: 1, steps: [{ act: 'restart' }] },
      'autonomy/restart-service~kanban': { autonomy: 'act', why: 'seeded' },
    });
  });

  it('has a killed service restarted once, proves it and records it', async () => {
    supervisor.kill('kanban', 'SIGKILL');
    await until(async () => (await resolutionsOf('kanban')).length === 1);
    expect(supervisor.starts('kanban')).toBe(2);
    const [resolved] = await resolutionsOf('kanban');
    expect(resolved!.data).toMatchObject({ how: 'repair' });
    const incidentId = String(resolved!.data['incidentId']);
    await until(async () => {
      const { rows } = await query('services');
      const { state, incidentId: open } = rows['target/kanban'] as ServiceRow;
      return state === 'healthy' && open === undefined;
    });
    const shown = async () => (await query('incidents')).rows[`incident/${incidentId}`] as IncidentRow;
    await until(async () => (await shown()).state === 'resolved');
    const row = await shown();
    expect(row).toMatchObject({
      state: 'resolved',
      how: 'repair',
      try: 1,
      openBreaches: 0,
      runbookId: 'restart-service',
    });
    expect(row.log.length).toBeGreaterThan(5);
    expect([row.detectedAt, row.openedAt, row.actedAt, row.resolvedAt].every(Boolean)).toBe(true);
  });

  it('shows only rows of the published shape', async () => {
    for (const view of healerViews as ViewDefinition[]) {
      for (const [name, row] of Object.entries((await query(view.kind)).rows)) {
        const schema = view.rows[name.split('/')[0]!] as z.ZodObject;
        expect([name, schema.strict().safeParse(row).error?.issues]).toEqual([name, undefined]);
      }
    }
  });

  it('has a service restarted that hangs', async () => {
    supervisor.kill('swarm', 'SIGSTOP');
    await until(async () => (await resolutionsOf('swarm')).length === 1);
    expect(supervisor.starts('swarm')).toBe(2);
  });

  it('killed in the middle of a repair, its successor asks what became of it and restarts nothing twice', async () => {
    let release = () => {};
    supervisor.held = new Promise<void>((resolve) => (release = resolve));
    supervisor.kill('approvals', 'SIGKILL');
    await until(async () => (await repairsOf('approvals')).length === 1);
    await until(async () => supervisor.requests.filter((request) => request === 'POST /restart').length === 3);
    await endHealer('SIGKILL');
    const { repairId } = (await repairsOf('approvals'))[0]!.data as { repairId: string };
    const question = `GET /actions/${ids.actionKey(repairId, 1)}`;
    const asked = supervisor.requests.filter((request) => request === question).length;
    await startHealer();
    await until(async () => supervisor.requests.filter((request) => request === question).length > asked);
    release();
    await until(async () => (await resolutionsOf('approvals')).length === 1);
    expect((await resolutionsOf('approvals'))[0]!.data).toMatchObject({ how: 'repair', repairId });
    expect(supervisor.requests.filter((request) => request === 'POST /restart')).toHaveLength(3);
    expect(supervisor.starts('approvals')).toBe(2);
  });

  it('records afterwards what the supervisor restarted by its own rule, and repairs nothing', async () => {
    const diedAt = new Date();
    await servers.restartNats();
    supervisor.recordOwnRestart('nats', diedAt.toISOString(), new Date(diedAt.getTime() + 700).toISOString());
    await until(async () => (await resolutionsOf('nats')).length === 1);
    expect((await resolutionsOf('nats'))[0]!.data).toMatchObject({ how: 'itself' });
    const [breached] = (await facts('monitor')).filter(
      ({ type, data }) => type === 'MonitorBreached' && data['targetId'] === 'nats',
    );
    expect(breached!.data).toMatchObject({ sinceAt: diedAt.toISOString() });
    const [cleared] = (await facts('monitor')).filter(
      ({ type, data }) => type === 'MonitorCleared' && data['targetId'] === 'nats',
    );
    expect(cleared!.data).toMatchObject({ lastedMs: 700 });
    expect(await repairsOf('nats')).toEqual([]);
  });

  it('does so after the database was away, too, and blames nobody else', async () => {
    const diedAt = new Date().toISOString();
    await servers.restartPostgres();
    supervisor.recordOwnRestart('postgres', diedAt, new Date().toISOString());
    await until(async () => (await resolutionsOf('postgres')).length === 1);
    expect(await repairsOf('postgres')).toEqual([]);
    for (const name of SERVICES) expect((await incidentsOf(name)).length).toBe(name === 'relay' ? 0 : 1);
  });

  it('takes nobody for dead after NATS stood still for longer than a hung process is given (fault 23)', async () => {
    const monitors = async (wanted: string) =>
      (await facts('monitor')).filter(({ type }) => type === wanted).map(({ data }) => data['monitorId']);
    const [breaches, lost, returned] = [
      await monitors('MonitorBreached'),
      await monitors('MonitorDataLost'),
      await monitors('MonitorDataReturned'),
    ];
    const all = HEALED.map((name) => `${name}-availability`).sort();
    const heldAt = performance.now();
    const goOn = servers.holdNats();
    try {
      await until(async () => (await monitors('MonitorDataLost')).length === lost.length + all.length);
      await until(async () => performance.now() - heldAt > 13_000);
      supervisor.kill('kanban', 'SIGSTOP'); // what it has to say arrives after the others'
    } finally {
      goOn();
    }
    await until(async () => (await monitors('MonitorDataReturned')).length >= returned.length + all.length - 1);
    supervisor.kill('kanban', 'SIGCONT');
    await until(async () => {
      const { rows } = await query('services');
      return HEALED.every((name) => (rows[`target/${name}`] as ServiceRow).state === 'healthy');
    });
    expect((await monitors('MonitorDataReturned')).slice(returned.length).sort()).toEqual(all);
    expect(await monitors('MonitorBreached')).toEqual(breaches);
  });

  it('opens an incident for a consumer that has set facts aside, says which, and repairs nothing (fault 4)', async () => {
    const relay = await servers.connect('relay');
    const trouble = { why: 'parked', since: new Date().toISOString(), cause: 'RunStarted of run-1: refused' };
    const beat = { instanceId: 'other', consumers: [{ consumer: 'publish', position: '7', lag: 1, parked: 1, trouble }] };
    const beating = setInterval(() => relay.publish(subjects.heartbeat('service', 'relay'), JSON.stringify(beat)), 500);
    await until(async () => (await query('incidents')) && (await incidentsOf('relay')).length === 1);
    const [opened] = await incidentsOf('relay');
    expect(opened!.data).toMatchObject({
      monitorId: 'relay-consumers',
      title: 'relay: publish parked facts: RunStarted of run-1: refused',
    });
    await until(async () => {
      const { rows } = await query('services');
      const states = ['target/relay', 'monitor/relay-consumers'].map((name) => (rows[name] as { state: string }).state);
      return states.every((state) => state === 'breached');
    });
    clearInterval(beating);
    relay.publish(subjects.heartbeat('service', 'relay'), JSON.stringify({ instanceId: 'other', leaving: true }));
    await relay.drain();
    await until(async () => (await resolutionsOf('relay')).length === 1);
    expect(await repairsOf('relay')).toEqual([]);
  });

  it('has a service restarted that dies again as soon as it was restarted (fault 19)', async () => {
    const before = supervisor.starts('swarm');
    supervisor.kill('swarm', 'SIGKILL');
    await until(async () => supervisor.starts('swarm') === before + 1);
    supervisor.kill('swarm', 'SIGKILL');
    await until(async () => supervisor.starts('swarm') === before + 2);
    await until(async () => {
      const { rows } = await query('services');
      return (rows['target/swarm'] as ServiceRow).state === 'healthy';
    });
    expect((await query('healing')).rows['autonomy/restart-service~swarm']).toMatchObject({ autonomy: 'act', pinned: true });
  });

  it('leaves an agent of any other kind alone while it tells of itself, and has it restarted when it died', async () => {
    expect(await incidentsOf(AGENT)).toEqual([]);
    expect(supervisor.starts(AGENT)).toBe(1);
    supervisor.kill(AGENT, 'SIGKILL');
    await until(async () => (await resolutionsOf(AGENT)).length === 1);
    expect((await resolutionsOf(AGENT))[0]!.data).toMatchObject({ how: 'repair' });
    expect(supervisor.starts(AGENT)).toBe(2);
  });
});
