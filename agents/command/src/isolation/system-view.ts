import { existsSync, lstatSync, readlinkSync, realpathSync } from 'node:fs';
import type { Mount } from './isolation.js';

/** The parts of the system that programs need. Not among them: homes, /opt, /srv, /var, /run, and most of /etc. */
const system = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/nix/store'];
const settings = [
  ...['alternatives', 'ca-certificates', 'fonts', 'group', 'hosts', 'ld.so.cache', 'ld.so.conf', 'ld.so.conf.d'],
  ...['localtime', 'mime.types', 'nsswitch.conf', 'passwd', 'pki', 'protocols', 'resolv.conf', 'services', 'ssl'],
].map((name) => `/etc/${name}`);

export interface SystemView {
  links: { target: string; path: string }[];
  mounts: Mount[];
}

/** What every command sees of this machine, read-only: its programs, and the Node.js that runs this. */
export function systemView(): SystemView {
  const present = [...system, ...settings].filter((path) => existsSync(path));
  // `/bin` is a link into /usr on most systems; links of settings are followed, for they may lead out of sight.
  const isLink = (path: string) => system.includes(path) && lstatSync(path).isSymbolicLink();
  const node = realpathSync(process.execPath);
  return {
    links: present.filter(isLink).map((path) => ({ target: readlinkSync(path), path })),
    mounts: [
      ...present.filter((path) => !isLink(path)).map((path) => readOnly(path)),
      ...(node.startsWith('/usr/') ? [] : [readOnly(node)]),
      ...(node === process.execPath || node.startsWith('/usr/') ? [] : [readOnly(node, process.execPath)]),
    ],
  };
}

const readOnly = (source: string, target = source): Mount => ({ source, target, readOnly: true });
