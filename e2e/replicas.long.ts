import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { rm } from 'node:fs/promises';
import type { Api } from './support/api.js';
import { exportedLog, notExactlyOnce, repeated } from './support/exported-log.js';
import { generateRepository } from './support/repository.js';
import { approveGate, firstRun, gateWaits, runState } from './support/runs.js';
import { System } from './support/system.js';
import { Traffic } from './support/traffic.js';
import { until } from './support/until.js';

const SERVICES = ['relay', 'kanban', 'swarm', 'approvals', 'healer', 'gateway'];
/** One process of every service, now the first and now the second. */
const KILLED = ['relay-2', 'kanban', 'swarm-2', 'approvals', 'healer', 'gateway-2'];
const serviceOf = (name: string) => name.replace('-2', '');

interface Incident {
  targetId: string;
  title: string;
  state: string;
  how?: string;
}

let repository: string;
let system: System;
/** By way of each gateway. */
let apis: [Api, Api];
let runId: string;
let boardId: string;

beforeAll(async () => {
  repository = await generateRepository({ breaking: false });
  system = await System.start({ repository, flags: ['--replicas', '2'] });
  apis = [await system.api(), await system.api(2)];
  const first = await firstRun(apis[0]);
  [runId, boardId] = [first.runId, first.boardId!];
  await gateWaits(apis[0], runId);
});

afterAll(async () => {
  await system?.discard();
  await rm(repository, { recursive: true, force: true });
});

const incidents = async () => Object.values(await apis[0].view('incidents', 'all')) as unknown as Incident[];
const views = (api: Api) =>
  Promise.all([
    api.view('board', boardId),
    api.view('boards', 'all'),
    api.view('run', runId),
    api.view('incidents', 'all'),
    api.view('services', 'all'),
  ]);

describe('two processes of every service', () => {
  it('run side by side, and no incident tells otherwise', async () => {
    const { processes } = await system.status();
    const ready = processes.filter(({ state }) => state === 'ready').map(({ name }) => name);
    for (const name of SERVICES) expect(ready).toEqual(expect.arrayContaining([name, `${name}-2`]));
    expect(processes.find(({ name }) => name === 'kanban-2')).toMatchObject({ replicaOf: 'kanban' });
    const rows = await apis[1].view('services', 'all');
    expect(rows['target/kanban']).toMatchObject({ replicas: 2 });
    expect(rows).not.toHaveProperty('target/kanban-2');
    expect(await incidents()).toEqual([]);
  });

  it('lose one of each under load: every one is missed and replaced, and no command is lost', async () => {
    const traffic = apis.map((api) => new Traffic(api, boardId));
    await until('commands are answered by both gateways', () => traffic.every(({ answered }) => answered.length >= 20));
    const pids = new Map(await Promise.all(KILLED.map(async (name) => [name, await system.pidOf(name)] as const)));
    for (const pid of pids.values()) process.kill(pid, 'SIGKILL');
    for (const [name, pid] of pids) await system.replaced(name, pid);
    const over = await until(
      'an incident of each service is over',
      async () => (await incidents()).filter(({ state }) => state === 'resolved' || state === 'closed'),
      (resolved) => SERVICES.every((name) => resolved.some(({ targetId }) => targetId === name)),
    );
    const before = traffic.map(({ answered }) => answered.length);
    await until('commands are answered after all that', () =>
      traffic.every(({ answered }, n) => answered.length > before[n]! + 20),
    );
    for (const one of traffic) await one.stop();
    for (const name of KILLED.filter((one) => one !== 'healer')) {
      const incident = over.find(({ targetId }) => targetId === serviceOf(name));
      expect(incident).toMatchObject({ how: 'repair', title: `1 of 2 instances of ${serviceOf(name)} does not answer` });
    }
    // Each by itself: the one that lived was left alone.
    const { processes } = await system.status();
    const restarted = processes.filter(({ restarts }) => restarts > 0).map(({ name }) => name);
    expect(restarted.sort()).toEqual([...KILLED].sort());
    expect(traffic.flatMap(({ answered }) => answered).length).toBeGreaterThan(80);
  });

  it('have equal views afterwards, the run goes on, and all is healthy', async () => {
    await approveGate(apis[1], runId);
    await runState(apis[0], runId, 'succeeded');
    await until(
      'every target is healthy',
      () => apis[0].view('services', 'all'),
      (rows) => Object.entries(rows).every(([key, { state }]) => !key.startsWith('target/') || state !== 'breached'),
    );
    await until(
      'both gateways show the same',
      () => Promise.all(apis.map(views)),
      ([one, other]) => JSON.stringify(sorted(one)) === JSON.stringify(sorted(other)),
    );
    const cards = Object.values(await apis[0].view('board', boardId)).filter(({ title }) => title === 'Written meanwhile');
    const added = apis.flatMap(({ answered }) => [...answered.values()]).filter(({ type }) => type === 'AddCards');
    expect(cards).toHaveLength(added.length);
  });

  it('leave a log with each acknowledged command exactly once', async () => {
    await system.stop();
    const log = await exportedLog(system);
    expect(
      notExactlyOnce(
        log,
        apis.flatMap(({ answered }) => [...answered.values()]),
      ),
    ).toEqual([]);
    expect(repeated(log)).toEqual([]);
  });
});

/** Rows in one order: what a view holds, not how it came about. */
const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, held]) => [key, sorted(held)]),
  );
};
