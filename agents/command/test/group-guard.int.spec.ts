import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { until } from '@agencyos/testing';
import { describe, expect, it } from '@jest/globals';
import { GroupGuard } from '../src/index.js';
import { untilEmpty } from './processes.js';

const sleeper = () => spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });

describe('the guard', () => {
  it('ends the groups it watches when it is closed, and only those', async () => {
    const guard = new GroupGuard();
    const [watched, released] = [sleeper(), sleeper()];
    guard.watch(watched.pid!, 'run/a/1');
    guard.watch(released.pid!, 'run/b/1');
    guard.release(released.pid!);
    guard.close();
    await untilEmpty(watched.pid!);
    expect(released.exitCode).toBeNull();
    released.kill('SIGKILL');
    const [, signal] = await once(released, 'exit');
    expect(signal).toBe('SIGKILL');
  });

  it('ends a group at its deadline unless it is told another, for a worker that is paused (fault 24)', async () => {
    const guard = new GroupGuard();
    const [paused, renewed] = [sleeper(), sleeper()];
    guard.watch(paused.pid!, 'run/a/1');
    guard.watch(renewed.pid!, 'run/b/1');
    guard.extend(renewed.pid!, performance.now() + 50);
    guard.extend(renewed.pid!, performance.now() + 60_000);
    guard.extend(paused.pid!, performance.now() + 100);
    await untilEmpty(paused.pid!);
    expect(renewed.exitCode).toBeNull();
    guard.close();
    await untilEmpty(renewed.pid!);
  });

  it('is replaced when it dies, with all that it watched', async () => {
    const guard = new GroupGuard();
    const watched = sleeper();
    guard.watch(watched.pid!, 'run/a/1');
    const first = guard.pid!;
    process.kill(first, 'SIGKILL');
    await until(() => guard.pid !== first);
    guard.close();
    await untilEmpty(watched.pid!);
  });
});
