import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { LEVEL, newId, subjects, type CommandAnswer, type Problem, type UpgradeState, type ViewPage } from '@agencyos/contracts';
import { installation } from '@agencyos/contracts/installation';
import { until } from '@agencyos/testing';
import { startTestServers, type TestServers } from '@agencyos/testing/servers';
import type { NatsConnection } from '@nats-io/transport-node';
import pg from 'pg';

const root = join(import.meta.dirname, '..');
const NEXT = LEVEL + 1;
const PERSON = 'user:01900000-0000-7000-8000-0000000000aa';
type Answer = CommandAnswer & { problem?: Problem };

interface Running {
  child: ChildProcess;
  output(): string;
}

let servers: TestServers;
let nats: NatsConnection;
let gateway: NatsConnection;
let database: pg.Client;
let beating: NodeJS.Timeout;
const running = new Set<Running>();

/** One service as a process of its own, of the present version or of the next one. */
function launch(service: 'kanban' | 'healer', version: 'present' | 'next'): Running {
  const { folder } = installation.services.find(({ name }) => name === service)!;
  const hooks = version === 'next' ? ['--import', join(import.meta.dirname, 'support/next-version.mjs')] : [];
  const child = spawn(process.execPath, [...hooks, join(root, folder, 'dist/main.js')], {
    env: { ...process.env, ...servers.environment(service), NEXT_LEVEL: String(NEXT), HEALTH_PORT: '0', LOG_LEVEL: 'info' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const one = { child, output: () => said };
  running.add(one);
  child.once('exit', () => running.delete(one));
  return one;
}
async function start(...what: Parameters<typeof launch>): Promise<Running> {
  const one = launch(...what);
  await until(() => one.output().includes('"msg":"started"') || one.child.exitCode !== null);
  if (one.child.exitCode !== null) throw new Error(`${what.join(' ')} ended: ${one.output()}`);
  return one;
}
async function stop({ child }: Running): Promise<void> {
  child.kill('SIGTERM');
  if (child.exitCode === null) await once(child, 'exit');
}

async function ask<T>(subject: string, body: object): Promise<T> {
  return (await gateway.request(subject, JSON.stringify(body), { timeout: 5_000 })).json<T>();
}
const send = (type: string, data: object) =>
  ask<Answer>(subjects.command('kanban', 'board', 'gateway'), {
    ...{ id: newId(), type, data },
    metadata: { actor: PERSON, permissions: ['board:write', 'board:admin'] },
  });
const upgrade = (query = 'upgrade') =>
  ask<UpgradeState & { problem?: Problem }>(subjects.query('healer', query, 'gateway'), { by: PERSON });
const boardRow = async (boardId: string) =>
  (await ask<ViewPage>(subjects.query('kanban', 'board', 'gateway'), { id: boardId })).rows['board'] as Record<string, unknown>;
const recorded = async (type: string) =>
  (await database.query<{ schema: number; data: object }>('SELECT schema, data FROM eventstore.events WHERE type = $1', [type]))
    .rows;

const column = (name: string, category: string) => ({
  ...{ columnId: newId(), name, category, rank: name === 'Todo' ? 'a0' : 'a1' },
  ...{ wipMode: 'hard', perLane: false },
});
const todo = column('Todo', 'todo');
async function openBoard(key: string): Promise<string> {
  const boardId = newId();
  const data = {
    boardId,
    name: key,
    key,
    purpose: 'work',
    columns: [todo, column('Done', 'done')],
    laneBy: 'none',
    visibility: 'all',
  };
  expect(await send('OpenBoard', data)).toMatchObject({ revision: 0 });
  return boardId;
}
/** Two cards, one of them put away. */
async function work(boardId: string): Promise<void> {
  const cards = [newId(), newId()].map((cardId) => ({
    ...{ cardId, columnId: todo.columnId, title: 'A card' },
    ...{ priority: 'normal', labels: [], assignees: [] },
  }));
  expect(await send('AddCards', { boardId, cards })).toMatchObject({ stream: `board-${boardId}` });
  expect(await send('ArchiveCards', { boardId, cardIds: [cards[0]!.cardId], why: 'person' })).toMatchObject({
    stream: `board-${boardId}`,
  });
}

beforeAll(async () => {
  servers = await startTestServers();
  [nats, gateway] = await Promise.all([servers.connect('test'), servers.connect('gateway')]);
  database = new pg.Client({ connectionString: servers.databaseUrl });
  await database.connect();
  // Of the other services only heartbeats are there, and these of the next version.
  const others = installation.services.filter(({ name }) => name !== 'kanban' && name !== 'healer');
  beating = setInterval(() => {
    for (const { name } of others)
      nats.publish(subjects.heartbeat('service', name), JSON.stringify({ name, instanceId: name, reads: NEXT }));
  }, 500);
});
afterAll(async () => {
  clearInterval(beating);
  await Promise.all([...running].map(stop));
  await Promise.all([nats?.close(), gateway?.close(), database?.end()]);
  await servers?.stop();
});

describe('two versions side by side', () => {
  let boardId: string;
  let old: Running;
  let next: Running;

  it('work on one board; the next one has migrated, and writes what the present one reads', async () => {
    old = await start('kanban', 'present');
    boardId = await openBoard('OLD');
    next = await start('kanban', 'next');
    await start('healer', 'next');
    for (let n = 0; n < 5; n++) await work(boardId);
    await stop(old);
    await work(boardId);
    expect((await recorded('CardArchived')).map(({ schema, data }) => [schema, 'note' in data])).toEqual(
      Array.from({ length: 6 }, () => [1, false]),
    );
    const { problem } = await send('NoteBoard', { boardId, note: 'ours' });
    expect(problem).toMatchObject({ code: 'not_offered', status: 409, level: NEXT });
    expect(problem!.detail).toContain('NoteBoard is offered from level');
  });

  it('have a way back: the present one runs on what the next one has left, rows of its views included', async () => {
    const later = await openBoard('NEW');
    await until(async () => 'note' in ((await boardRow(later)) ?? {}));
    await stop(next);
    old = await start('kanban', 'present');
    await work(later);
    await work(boardId);
    await until(async () => Number((await boardRow(later))['revision']) >= 3);
    expect(await boardRow(later)).toMatchObject({ key: 'NEW', note: '' });
  });

  it('say who holds up the upgrade, which cannot be finished before', async () => {
    next = await start('kanban', 'next');
    const state = await until(
      upgrade,
      ({ silent, readers }) => silent.length === 0 && readers.filter(({ service }) => service === 'kanban').length === 2,
    );
    expect(state).toMatchObject({ written: LEVEL, readByAll: LEVEL });
    const refused = await until(
      () => upgrade('upgrade-finish'),
      ({ problem }) => problem?.code !== 'busy',
    );
    expect(refused.problem).toMatchObject({ code: 'not_read_by_all', status: 409 });
    expect(refused.problem!.detail).toMatch(/yet: kanban \(\S+\) reads up to level \d+\. Update or end them/);
  });

  it('end with the upgrade, once somebody finishes it: what is new is offered and written', async () => {
    await stop(old);
    await until(upgrade, ({ readByAll }) => readByAll === NEXT);
    expect(await upgrade('upgrade-finish')).toMatchObject({ written: NEXT, readByAll: NEXT });
    expect(await send('NoteBoard', { boardId, note: 'ours' })).toMatchObject({ stream: `board-${boardId}` });
    await work(boardId);
    expect((await recorded('CardArchived')).at(-1)).toMatchObject({ schema: 2, data: { note: 'tidied' } });
    expect((await recorded('ContractLevelRaised')).map(({ data }) => data)).toEqual([
      { level: LEVEL, why: 'founded' },
      { level: NEXT, why: 'finished' },
    ]);
    await until(async () => (await boardRow(boardId))['note'] === 'ours');
  });

  it('have no way back from then on: the present one says so in one line, and that it need not be tried again', async () => {
    const refused = launch('kanban', 'present');
    await until(() => refused.child.exitCode !== null);
    expect(refused.child.exitCode).toBe(78);
    const lines = refused.output().trim().split('\n');
    expect(lines).toHaveLength(1);
    expect((JSON.parse(lines[0]!) as { msg: string }).msg).toMatch(
      new RegExp(
        `^this version reads contracts up to level ${LEVEL}, and level ${NEXT} is written here since .* there is no way back`,
      ),
    );
    await work(boardId);
  });
});
