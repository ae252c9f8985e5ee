import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { cgroupV2 } from './cgroup-v2.js';
import { defaultLimits } from './limits.js';

/** Folders like those of the kernel: machines of which both controllers are on cgroup v1 have none to try it on. */
let mount: string;
beforeEach(() => {
  mount = mkdtempSync(join(tmpdir(), 'agencyos-cgroup-'));
});
afterEach(() => rmSync(mount, { recursive: true }));

function group(path: string, controllers: string): string {
  const folder = join(mount, path);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'cgroup.procs'), '');
  writeFileSync(join(folder, 'cgroup.subtree_control'), `${controllers}\n`);
  return folder;
}

describe('cgroup v2 (fault 6)', () => {
  it('is used below the nearest group above that hands on both controllers, with plain numbers', () => {
    group('', 'cpu memory pids');
    const slice = group('user.slice', 'memory pids');
    const folder = group('user.slice/terminal', '');
    rmSync(join(folder, 'cgroup.subtree_control')); // holds processes: nothing can be switched on
    const limiter = cgroupV2({ folder, mount })!;
    const opened = limiter.open!({ ...defaultLimits, memoryBytes: 1_048_576, processes: 7 });
    const [name] = readdirSync(slice).filter((entry) => entry.startsWith('agencyos-'));
    const valueOf = (file: string) => readFileSync(join(slice, name!, file), 'utf8');
    expect(['memory.max', 'pids.max', 'memory.oom.group'].map(valueOf)).toEqual(['1048576', '7', '1']);
    expect(opened.join).toEqual([join(slice, name!, 'cgroup.procs')]);
    expect(opened.exceeded()).toBeUndefined();
    writeFileSync(join(slice, name!, 'pids.events'), 'max 3\n');
    expect(opened.exceeded()).toBe('processes');
    writeFileSync(join(slice, name!, 'memory.events'), 'low 0\noom 2\noom_kill 1\noom_group_kill 1\n');
    expect(opened.exceeded()).toBe('memory');
  });

  it('is not used where no group above hands on both controllers', () => {
    group('', 'cpu');
    rmSync(join(mount, 'cgroup.subtree_control'));
    expect(cgroupV2({ folder: join(mount, 'none'), mount })).toBeUndefined();
  });
});
