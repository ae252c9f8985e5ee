import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '../../scripts/until.mjs';
import { ended, Installation } from './installation.js';
import { demoProject, endsInOrder, FOLLOWS_FOR_EVER, isRestarted } from './supervisor-cases.js';

let installation: Installation;

beforeEach(async () => {
  installation = await Installation.create();
});

afterEach(() => installation.remove());

describe('an ordinary stop', () => {
  it.each(['SIGINT', 'SIGHUP'] as const)('by %s ends everything in order', (signal) => endsInOrder(installation, signal));

  it('takes whole process groups along, also those that do not listen', async () => {
    const supervisor = await installation.start({ stubborn: ['deaf'] });
    supervisor.kill('SIGTERM');
    expect(await ended(supervisor)).toBe(0);
    expect(installation.living()).toEqual([]);
  });

  it('happens by itself once ready, when asked for', async () => {
    const supervisor = await installation.start({ untilReady: true });
    expect(await ended(supervisor)).toBe(0);
    expect(installation.living()).toEqual([]);
  });
});

describe('the demo', () => {
  it.each([0, 3])('ends everything with its own code %d', async (code) => {
    const supervisor = await installation.start(await demoProject(installation, `process.exit(${code})`));
    expect(await ended(supervisor)).toBe(code);
    expect(installation.living()).toEqual([]);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('is ended by %s', async (signal) => {
    const supervisor = await installation.start(await demoProject(installation, FOLLOWS_FOR_EVER));
    await until(() => installation.output.includes('following demo'));
    supervisor.kill(signal);
    expect(await ended(supervisor)).toBe(130);
    expect(installation.living()).toEqual([]);
  });

  it('ends with the supervisor', async () => {
    const supervisor = await installation.start(await demoProject(installation, FOLLOWS_FOR_EVER));
    await until(() => installation.output.includes('following demo'));
    supervisor.kill('SIGKILL');
    await installation.nothingLeft();
  });
});

describe('an unclean end', () => {
  it('of the parent stops everything in order', async () => {
    const { parent } = await installation.startBelowParent();
    parent.kill('SIGKILL');
    await installation.nothingLeft();
    expect(await installation.read('stopped')).toBe('command-1\nhealer\nkanban\n');
  });

  it('of the supervisor takes a stopped process along', async () => {
    const supervisor = await installation.start();
    process.kill((await installation.process('kanban')).pid as number, 'SIGSTOP');
    supervisor.kill('SIGKILL');
    await installation.nothingLeft();
  });

  it('of everything at once does not hinder the next start', async () => {
    const first = await installation.start();
    const pids = (await installation.processes()).flatMap(({ pid }) => pid ?? []);
    for (const pid of [first.pid as number, ...pids]) process.kill(pid, 'SIGKILL');
    await installation.nothingLeft();
    await installation.start();
    expect((await installation.processes()).every(({ state }) => state === 'ready')).toBe(true);
  });
});

describe('a killed process', () => {
  it('nats is restarted by the supervisor and recorded', () => isRestarted(installation, 'nats'));

  it('that runs is restarted on request too, and only once when asked at the same time', async () => {
    await installation.start();
    const before = await installation.process('kanban');
    const body = { name: 'kanban', actionKey: 'once', token: 1 };
    await Promise.all([1, 2, 3, 4, 5].map(() => installation.call('POST', '/restart', body)));
    await until(async () => (await installation.call('GET', '/actions/once')).body['outcome'] === 'done');
    const after = await installation.process('kanban');
    expect([after.restarts, after.pid !== before.pid]).toEqual([1, true]);
  });

  it('is restarted by the supervisor when the healer is away for long', async () => {
    await installation.start({ timings: { healerAbsentMs: 300, healerProbeEveryMs: 50 } });
    await installation.write('healer.unready');
    await installation.kill('kanban');
    await until(async () => (await installation.journal()).some(({ kind }) => kind === 'restart'));
    expect((await installation.journal()).at(-1)).toMatchObject({ process: 'kanban', by: 'supervisor' });
  });

  it('that dies again and again is tried with growing pauses and recorded every time', async () => {
    await installation.start({ timings: { backoffMs: [10, 80] } });
    const deaths = async () => (await installation.journal()).filter(({ kind }) => kind === 'exit').length;
    for (let death = 1; death <= 4; death++) {
      await installation.kill('healer');
      await until(async () => (await deaths()) === death && (await installation.process('healer')).state === 'ready');
    }
    expect(await installation.process('healer')).toMatchObject({ restarts: 4 });
  });
});

describe('a process that is ready only after its time', () => {
  const timings = { readyTimeoutMs: 5_000 };
  const restarts = async () => (await installation.journal()).filter(({ kind }) => kind === 'restart');

  it('is recorded once it is ready: restarted on request, which has failed', async () => {
    await installation.start({ timings });
    await installation.write('kanban.unready');
    await installation.call('POST', '/restart', { name: 'kanban', actionKey: 'slow', token: 1 });
    await until(async () => (await installation.call('GET', '/actions/slow')).body['outcome'] === 'failed');
    expect(await restarts()).toEqual([]);
    await rm(join(installation.dataDir, 'kanban.unready'));
    await until(async () => (await restarts()).length > 0);
    expect(await restarts()).toMatchObject([{ process: 'kanban', by: 'healer', actionKey: 'slow' }]);
  });
});
