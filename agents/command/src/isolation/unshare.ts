import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { firstProcess } from './first-process.js';
import type { Hidden, Isolation, Mount, Sandbox } from './isolation.js';
import { becomeUser } from './own-user.js';
import { systemView, type SystemView } from './system-view.js';

/** Where the command's root is put together: a folder that every system has and that nothing is taken from. */
const root = '/sys';
const devices = ['null', 'zero', 'full', 'random', 'urandom', 'tty'];
const deviceLinks = { fd: '/proc/self/fd', stdin: 'fd/0', stdout: 'fd/1', stderr: 'fd/2' };

/** Isolation by the tools of util-linux alone, where bubblewrap cannot be had; as root and as an ordinary user. */
export function unshare(): Isolation {
  const view = systemView();
  const ids = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const asRoot = ids.uid === 0;
  return {
    way: 'unshare',
    commandLine: (argv, sandbox) => [
      ...['unshare', ...(asRoot ? [] : ['--user', '--map-root-user']), '--mount', '--propagation', 'private'],
      ...['--pid', '--fork', '--kill-child=SIGKILL', '--ipc', '--uts', ...(sandbox.network ? [] : ['--net'])],
      ...['--', '/bin/sh', '-c', setUp(view, sandbox), 'sh'],
      // Root of its own user space made the mounts; the command is who runs the worker again, without any right.
      ...(asRoot
        ? becomeUser(sandbox.uid)
        : ['unshare', '--user', `--map-user=${ids.uid}`, `--map-group=${ids.gid}`, '--', ...noMoreRights]),
      ...['/bin/sh', '-c', firstProcess, 'sh', ...argv],
    ],
  };
}

const noMoreRights = ['setpriv', '--no-new-privs', '--pdeathsig', 'SIGKILL', '--'];

/** Builds the root, makes it the root and read-only, and goes on with its arguments. Each program run costs time here. */
function setUp({ links, mounts: ofSystem }: SystemView, { folder, mounts, network }: Sandbox): string {
  const places = [...ofSystem, ...mounts].map((mount) => ({ mount, ...placeOf(mount) }));
  const folders = new Set(['/tmp', '/proc', '/dev/shm', ...places.map(({ folder }) => folder)]);
  return [
    'set -e',
    ...(network ? [] : ['ip link set lo up 2>/dev/null || :']),
    `mount -t tmpfs -o mode=0755 root ${root}`,
    `mkdir ${at('/tmp')}`,
    scratch('/tmp'), // first of all: workspaces may lie below it
    `mkdir -p ${[...folders].map(at).join(' ')}`,
    `mount -t proc -o nosuid,nodev,noexec proc ${at('/proc')}`,
    scratch('/dev/shm'),
    ...devices.flatMap((name) => [`: >${at(`/dev/${name}`)}`, `mount --bind /dev/${name} ${at(`/dev/${name}`)}`]),
    ...Object.entries(deviceLinks).map(([name, target]) => `ln -s ${target} ${at(`/dev/${name}`)}`),
    ...links.map(({ target, path }) => `ln -s ${quoted(target)} ${at(path)}`),
    ...places.flatMap(({ mount, folder, file }) => [
      // One that lies in another mount may be there already, or not be there yet.
      `[ -d ${at(folder)} ] || mkdir -p ${at(folder)}`,
      ...(file ? [`[ -e ${at(file)} ] || : >${at(file)}`] : []),
      'hidden' in mount
        ? `mount -t tmpfs -o mode=0755,size=1m hidden ${at(mount.hidden)}`
        : `mount --bind -o nosuid,nodev${mount.readOnly ? ',ro' : ''} ${quoted(mount.source)} ${at(mount.target)}`,
    ]),
    `mount -o remount,bind,ro ${root}`,
    `cd ${root}`,
    'pivot_root . .',
    'umount -l .',
    `cd ${quoted(folder)}`,
    'exec "$@"',
  ].join('\n');
}

/** What has to be there before a mount: a folder, and a file in it where a file is mounted. */
function placeOf(mount: Mount | Hidden): { folder: string; file?: string } {
  if ('hidden' in mount) return { folder: mount.hidden };
  const { source, target } = mount;
  const isFile = statSync(source, { throwIfNoEntry: false })?.isFile();
  return isFile ? { folder: dirname(target), file: target } : { folder: target };
}

const at = (path: string) => quoted(`${root}${path}`);
const scratch = (path: string) => `mount -t tmpfs -o mode=1777,size=1g,nosuid,nodev scratch ${at(path)}`;
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
