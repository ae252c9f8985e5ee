import { dirname } from 'node:path';
import { systemFiles } from './images.js';
import type { Mount } from './volumes.js';

/** A container's own file system and processes, by bubblewrap. */
export interface Sandbox {
  bubblewrap: string;
  hostname: string;
  uid: number;
  gid: number;
  readOnlyRoot: boolean;
  folder: string;
  mounts: Mount[];
}

/** Descriptor on which bubblewrap says which process is the first one of the container. */
export const INFO_FD = 3;

/**
 * The arguments with which a program runs in it: without any right, as its user in a user space of its own, in which no
 * further one can be made (as the seccomp profile RuntimeDefault forbids it), and all of it ends when it ends.
 */
export function sandboxed({ bubblewrap, hostname, uid, gid, readOnlyRoot, folder, mounts }: Sandbox): string[] {
  const { links, folders } = systemFiles();
  const all = [...folders.map((path) => ({ source: path, target: path, readOnly: true })), ...mounts];
  // A folder below another one is mounted after it.
  all.sort((a, b) => a.target.length - b.target.length);
  return [
    ...[bubblewrap, '--unshare-user', '--uid', String(uid), '--gid', String(gid), '--disable-userns', '--cap-drop', 'ALL'],
    ...['--unshare-pid', '--die-with-parent', '--unshare-ipc', '--unshare-uts', '--hostname', hostname.slice(0, 63)],
    ...links.flatMap(([target, path]) => ['--symlink', target, path]),
    ...['--proc', '/proc', '--dev', '/dev', '--dir', '/tmp'],
    ...all.flatMap(({ source, target, readOnly }) => [
      ...foldersAbove(target).flatMap((path) => ['--dir', path]),
      ...[readOnly ? '--ro-bind' : '--bind', source, target],
    ]),
    ...(readOnlyRoot ? ['--remount-ro', '/'] : []),
    ...['--chdir', folder, '--info-fd', String(INFO_FD), '--'],
  ];
}

function foldersAbove(path: string): string[] {
  const parent = dirname(path);
  return parent === '/' ? [] : [...foldersAbove(parent), parent];
}
