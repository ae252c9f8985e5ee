import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '../../scripts/until.mjs';
import { ended, Installation } from './installation.js';
import { demoProject, endsInOrder, FOLLOWS_FOR_EVER, isRestarted } from './supervisor-cases.js';

// What only takes longer: supervisor.long.ts.

let installation: Installation;

beforeEach(async () => {
  installation = await Installation.create();
});

afterEach(() => installation.remove());

describe('an ordinary stop', () => {
  it('by SIGTERM ends everything in order', () => endsInOrder(installation, 'SIGTERM'));

  it('works in the middle of a start', async () => {
    await installation.write('kanban.unready');
    const supervisor = installation.start();
    await until(() => installation.output.includes('postgres is ready'));
    await until(async () => (await installation.process('kanban')).state === 'starting');
    process.kill(Number(JSON.parse(await installation.read('supervisor.json')).pid), 'SIGTERM');
    expect(await ended(await supervisor)).toBe(0);
    expect(installation.living()).toEqual([]);
  });
});

it('a server that dies while others are still starting is started again, and the start goes on', async () => {
  await installation.write('kanban.unready');
  const supervisor = installation.start();
  await until(() => installation.output.includes('nats is ready'));
  await until(async () => (await installation.process('kanban')).state === 'starting');
  const { pid } = await installation.process('nats');
  await installation.kill('nats');
  await until(async () => {
    const nats = await installation.process('nats');
    return nats.state === 'ready' && nats.pid !== pid;
  });
  await rm(join(installation.dataDir, 'kanban.unready'));
  await supervisor;
  expect(installation.output).toContain('AgencyOS is ready');
});

it('a start says what each process waits for, long before its time is over (fault 22)', async () => {
  const line = { level: 40, service: 'kanban', url: 'kurrentdb://127.0.0.1:1', msg: 'waiting for KurrentDB: it does not answer' };
  await installation.write('kanban.says', JSON.stringify(line));
  for (const name of ['kanban', 'healer']) await installation.write(`${name}.unready`);
  const supervisor = installation.start();
  await until(() =>
    installation.output.includes('kanban is waiting for KurrentDB: it does not answer (kurrentdb://127.0.0.1:1)'),
  );
  await until(() => installation.output.includes('healer is waiting for log'));
  for (const name of ['kanban', 'healer']) await rm(join(installation.dataDir, `${name}.unready`));
  await supervisor;
  expect(installation.output.match(/is waiting for/g)).toHaveLength(2);
});

it('a start on a KurrentDB that is away says so before anything else, without its password (fault 22)', async () => {
  await installation.start({ kurrentdbUrl: 'kurrentdb://admin:secret@127.0.0.1:1?tls=false' });
  expect(installation.output).toMatch(/^· KurrentDB does not answer at 127\.0\.0\.1:1: the services wait for it\n/);
  expect(installation.output).not.toContain('secret');
});

describe('a version to which there is no way back', () => {
  it('does not start, and says why in one line, once', async () => {
    await installation.write('kanban.outgrown');
    expect(await ended(await installation.start())).toBe(1);
    expect(installation.output).toContain('kanban cannot start here: this version reads too little\n');
    expect((await installation.read('logs/kanban.log')).match(/reads too little/g)).toHaveLength(1);
    expect(installation.living()).toEqual([]);
  });

  it('is not started again and again once it has ended', async () => {
    await installation.start();
    await installation.write('healer.outgrown');
    await installation.kill('healer');
    await until(() => installation.output.includes('healer is not started again: this version reads too little'));
    const ends = (await installation.journal()).filter(({ kind, process }) => kind === 'exit' && process === 'healer');
    expect(ends).toMatchObject([{ exit: { signal: 'SIGKILL' } }, { exit: { code: 78 } }]);
    expect(await installation.process('healer')).toMatchObject({ state: 'failed', pid: null });
  });
});

describe('the demo', () => {
  it('gets a credential through a pipe, and nowhere else (fault 6)', async () => {
    const supervisor = await installation.start(await demoProject(installation, FOLLOWS_FOR_EVER));
    await until(() => installation.output.includes('credential true'));
    supervisor.kill('SIGTERM');
    expect(await ended(supervisor)).toBe(130);
  });
});

describe('an unclean end', () => {
  it('of the supervisor leaves nothing behind, and the next start works', async () => {
    const first = await installation.start();
    first.kill('SIGKILL');
    await installation.nothingLeft();
    const second = await installation.start();
    expect((await installation.processes()).every(({ state }) => state === 'ready')).toBe(true);
    second.kill('SIGTERM');
    expect(await ended(second)).toBe(0);
  });
});

describe('a killed process', () => {
  it.each(['postgres', 'healer'])('%s is restarted by the supervisor and recorded', (name) => isRestarted(installation, name));

  it('is left to the healer while that one is healthy, and restarted once per action key', async () => {
    const first = await installation.start();
    await installation.kill('kanban');
    await until(async () => (await installation.process('kanban')).state === 'failed');
    const ask = (actionKey: string, token: number, name = 'kanban') =>
      installation.call('POST', '/restart', { name, actionKey, token });
    const outcome = async (key: string) => (await installation.call('GET', `/actions/${key}`)).body['outcome'];

    expect(await ask('repair-1', 7)).toEqual({
      status: 202,
      body: { actionKey: 'repair-1', name: 'kanban', outcome: 'running' },
    });
    await until(async () => (await outcome('repair-1')) === 'done');
    expect((await ask('repair-1', 7)).body['outcome']).toBe('done');
    expect((await installation.process('kanban')).restarts).toBe(1);
    expect(await ask('repair-0', 6)).toMatchObject({ status: 409, body: { code: 'stale_token' } });
    expect(await ask('repair-1', 7, 'healer')).toMatchObject({
      status: 422,
      body: { code: 'idempotency_conflict' },
    });
    expect(await ask('repair-2', 8, 'nobody')).toMatchObject({
      status: 404,
      body: { code: 'unknown_process' },
    });
    expect((await installation.call('POST', '/restart', { name: 'kanban' })).status).toBe(422);
    expect((await installation.call('GET', '/actions/unheard-of')).status).toBe(404);
    expect((await installation.journal()).map(({ kind, by, actionKey }) => [kind, by, actionKey])).toEqual([
      ['exit', undefined, undefined],
      ['restart', 'healer', 'repair-1'],
    ]);

    first.kill('SIGTERM');
    await ended(first);
    await installation.start(); // what was done and who may act is known over a restart
    expect((await ask('repair-1', 7)).body['outcome']).toBe('done');
    expect((await ask('repair-0', 6)).status).toBe(409);
    expect((await installation.process('kanban')).restarts).toBe(0);
  });

  it('is restarted by a person without a fencing token, who overtakes no repair (fault 19)', async () => {
    await installation.start();
    const before = await installation.process('kanban');
    const ask = (actionKey: string, token?: unknown) =>
      installation.call('POST', '/restart', { name: 'kanban', actionKey, ...(token !== undefined && { token }) });
    const done = (key: string) =>
      until(async () => (await installation.call('GET', `/actions/${key}`)).body['outcome'] === 'done');
    expect((await ask('repair-1', 7)).status).toBe(202);
    await done('repair-1');
    expect((await ask('by-hand')).status).toBe(202);
    await done('by-hand');
    const after = await installation.process('kanban');
    expect([after.restarts, after.pid === before.pid, after.state]).toEqual([2, false, 'ready']);
    expect((await installation.journal()).at(-1)).toMatchObject({ kind: 'restart', by: 'person', actionKey: 'by-hand' });
    expect(await ask('repair-0', 6)).toMatchObject({ status: 409, body: { code: 'stale_token' } });
    expect((await ask('repair-2', 7)).status).toBe(202);
    await done('repair-2');
    for (const wrong of [-1, 1.5, '7', null]) expect((await ask('wrong', wrong)).status).toBe(422);
    expect((await installation.process('kanban')).restarts).toBe(3);
  });
});

describe('a process that is ready only after its time', () => {
  const timings = { readyTimeoutMs: 5_000 };
  const restarts = async () => (await installation.journal()).filter(({ kind }) => kind === 'restart');

  it('is recorded once it is ready: restarted by the supervisor', async () => {
    await installation.start({ timings });
    await installation.write('healer.unready');
    await installation.kill('healer');
    await until(() => installation.output.includes('healer runs but was not ready after 5 s'));
    expect(await restarts()).toEqual([]);
    await rm(join(installation.dataDir, 'healer.unready'));
    await until(async () => (await restarts()).length > 0);
    const [exit] = await installation.journal();
    expect(await restarts()).toMatchObject([
      { process: 'healer', by: 'supervisor', diedAt: exit?.diedAt, exit: { signal: 'SIGKILL' } },
    ]);
    expect(await installation.process('healer')).toMatchObject({ state: 'ready', restarts: 1 });
  });
});

describe('the control socket', () => {
  it('answers nobody without its token, and its file is for the owner only', async () => {
    await installation.start();
    const { url } = JSON.parse(await installation.read('supervisor.json')) as { url: string };
    for (const authorization of ['', 'Bearer wrong']) {
      expect((await fetch(`${url}/status`, { headers: { authorization } })).status).toBe(401);
      const body = JSON.stringify({ name: 'kanban', actionKey: 'stranger' });
      const asked = await fetch(`${url}/restart`, { method: 'POST', headers: { authorization }, body });
      expect([asked.status, await asked.json()]).toMatchObject([401, { code: 'unauthenticated' }]);
    }
    expect((await installation.call('GET', '/actions/stranger')).status).toBe(404);
    expect((await installation.process('kanban')).restarts).toBe(0);
    const { statSync } = await import('node:fs');
    expect(statSync(`${installation.dataDir}/supervisor.json`).mode & 0o077).toBe(0);
  });
});

describe('a start that cannot succeed', () => {
  it('says which process failed, why, and leaves nothing running', async () => {
    await installation.write('kanban.unready');
    const supervisor = await installation.start({ timings: { readyTimeoutMs: 5_000 } });
    expect(await ended(supervisor)).toBe(1);
    expect(installation.output).toContain('kanban runs but was not ready');
    expect(installation.living()).toEqual([]);
  });

  it('refuses a data folder that is in use', async () => {
    await installation.start();
    const second = await Installation.create();
    Object.assign(second, { dataDir: installation.dataDir });
    const child = second['launch'](
      process.execPath,
      [`${import.meta.dirname}/fixtures/installation.mjs`, installation.dataDir],
      {},
    );
    expect(await ended(child)).toBe(1);
    expect(second.output).toMatch(/already runs on .* stop it first/);
    expect((await installation.processes()).every(({ state }) => state === 'ready')).toBe(true);
  });
});
