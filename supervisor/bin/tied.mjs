import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Path of util-linux' setpriv; other implementations (busybox) know no `--pdeathsig`. */
export function setprivPath() {
  if (process.platform !== 'linux' || existsSync('/etc/alpine-release')) return undefined;
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/bin'];
  return folders.map((folder) => join(folder, 'setpriv')).find((path) => existsSync(path));
}

/** Lets the kernel end a program with its starter, whatever ends that one, where setpriv can set that. */
export function tied({ program, args }) {
  const setpriv = setprivPath();
  if (!setpriv) return { program, args };
  return { program: setpriv, args: ['--pdeathsig', 'KILL', '--', program, ...args] };
}
