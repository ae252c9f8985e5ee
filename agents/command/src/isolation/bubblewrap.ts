import { dirname } from 'node:path';
import { firstProcess } from './first-process.js';
import type { Hidden, Isolation, Mount, Sandbox } from './isolation.js';
import { becomeUser } from './own-user.js';
import { systemView, type SystemView } from './system-view.js';

/** The largest /tmp and /dev/shm of a command, which lie in memory. */
const scratchBytes = 1 << 30;

/** Isolation by bubblewrap (https://github.com/containers/bubblewrap), as root and as an ordinary user. */
export function bubblewrap(program: string): Isolation {
  const view = systemView();
  return {
    way: 'bubblewrap',
    commandLine: (argv, sandbox) => [
      ...[program, ...options(view, sandbox), '--'],
      ...[...becomeUser(sandbox.uid), '/bin/sh', '-c', firstProcess, 'sh', ...argv],
    ],
  };
}

function options({ links, mounts: ofSystem }: SystemView, { folder, mounts, network }: Sandbox): string[] {
  return [
    // Ending bwrap ends the command with the first two only, and what it left behind only with the third.
    ...['--unshare-pid', '--die-with-parent', '--as-pid-1'],
    ...['--unshare-ipc', '--unshare-uts', ...(network ? [] : ['--unshare-net'])],
    ...links.flatMap(({ target, path }) => ['--symlink', target, path]),
    // Without a /proc of its own it would see the machine's.
    ...['--proc', '/proc', '--dev', '/dev', ...scratch('/dev/shm'), '--remount-ro', '/dev', ...scratch('/tmp')],
    ...[...ofSystem, ...mounts].flatMap(mounted),
    ...['--remount-ro', '/', '--chdir', folder],
  ];
}

function mounted(mount: Mount | Hidden): string[] {
  if ('hidden' in mount) return ['--tmpfs', mount.hidden];
  const { source, target, readOnly } = mount;
  // It would make the folders above by itself, for nobody but its own user.
  const above = foldersAbove(target).flatMap((path) => ['--perms', '0755', '--dir', path]);
  return [...above, readOnly ? '--ro-bind' : '--bind', source, target];
}

function foldersAbove(path: string): string[] {
  const parent = dirname(path);
  return parent === '/' ? [] : [...foldersAbove(parent), parent];
}

const scratch = (path: string) => ['--perms', '1777', '--size', String(scratchBytes), '--tmpfs', path];
