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

/** Builds the root, makes it the root and read-only, and goes on with its arguments. */
function setUp({ links, mounts: ofSystem }: SystemView, { folder, mounts, network }: Sandbox): string {
  const at = (path: string) => quoted(`${root}${path}`);
  const scratch = (path: string) => [
    `mkdir -p ${at(path)}`,
    `mount -t tmpfs -o mode=1777,size=1g,nosuid,nodev scratch ${at(path)}`,
  ];
  return [
    'set -e',
    ...(network ? [] : ['ip link set lo up 2>/dev/null || :']),
    `mount -t tmpfs -o mode=0755 root ${root}`,
    ...scratch('/tmp'),
    `mkdir -p ${at('/proc')} ${at('/dev')}`,
    `mount -t proc -o nosuid,nodev,noexec proc ${at('/proc')}`,
    ...devices.flatMap((name) => [
      `: >${at(`/dev/${name}`)}`,
      `mount --bind /dev/${name} ${at(`/dev/${name}`)}`,
    ]),
    ...Object.entries(deviceLinks).map(([name, target]) => `ln -s ${target} ${at(`/dev/${name}`)}`),
    ...scratch('/dev/shm'),
    ...links.map(({ target, path }) => `ln -s ${quoted(target)} ${at(path)}`),
    ...[...ofSystem, ...mounts].flatMap((mount) => mounted(mount, at)),
    `mount -o remount,bind,ro ${root}`,
    `cd ${root}`,
    'pivot_root . .',
    'umount -l .',
    `cd ${quoted(folder)}`,
    'exec "$@"',
  ].join('\n');
}

function mounted(mount: Mount | Hidden, at: (path: string) => string): string[] {
  if ('hidden' in mount) return [`mount -t tmpfs -o mode=0755,size=1m hidden ${at(mount.hidden)}`];
  const place = at(mount.target);
  const source = quoted(mount.source);
  return [
    `if [ -d ${source} ]; then mkdir -p ${place}; else mkdir -p "$(dirname ${place})"; [ -e ${place} ] || : >${place}; fi`,
    `mount --bind -o nosuid,nodev${mount.readOnly ? ',ro' : ''} ${source} ${place}`,
  ];
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
