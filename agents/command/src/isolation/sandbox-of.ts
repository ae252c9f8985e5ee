import { lchown, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { Workspace } from '../workspace.js';
import type { Hidden, Mount, Sandbox } from './isolation.js';
import type { IsolationProfile } from './profiles.js';

export interface SandboxSettings {
  /** User that it runs as, to whom its files are given. */
  uid: number | undefined;
  /** Folder below which workspaces lie, and the homes that are kept. */
  workspaces: string;
  /** Stays hidden though it may lie in a folder that a profile grants. */
  hidden?: string | undefined;
}

/** The sandbox of one attempt, its files given to its user; and where its home is. */
export async function sandboxOf(
  role: string,
  { folder, inputFile }: Workspace,
  profile: IsolationProfile,
  { uid, workspaces, hidden }: SandboxSettings,
): Promise<{ sandbox: Sandbox; home: string }> {
  const exchange = dirname(inputFile);
  const home = profile.home ? join(workspaces, '.homes', role) : folder;
  await mkdir(home, { recursive: true, mode: 0o700 });
  if (uid !== undefined) for (const path of [folder, exchange, inputFile, home]) await lchown(path, uid, uid);
  const sandbox: Sandbox = {
    folder,
    mounts: [
      ...inOrder(granted(profile, hidden)),
      ...(home === folder ? [] : [{ source: home, target: home, readOnly: false }]),
      { source: folder, target: folder, readOnly: false },
      ...(uid === undefined ? [] : await accounts(exchange, uid, home)),
    ],
    network: profile.network,
    uid,
  };
  return { sandbox, home };
}

function granted({ folders }: IsolationProfile, hidden: string | undefined): (Mount | Hidden)[] {
  return folders.flatMap(({ path, as = path, write }) => {
    const mount = { source: path, target: as, readOnly: !write };
    const inside = hidden === undefined ? '..' : relative(path, hidden);
    return inside.startsWith('..') ? [mount] : [mount, { hidden: join(as, inside) }];
  });
}

/** What lies in another comes after it. */
function inOrder(mounts: (Mount | Hidden)[]): (Mount | Hidden)[] {
  const place = (mount: Mount | Hidden) => ('hidden' in mount ? mount.hidden : mount.target);
  return mounts.sort((a, b) => (place(a) < place(b) ? -1 : 1));
}

/** Programs ask for the name of who runs them; a user of a number only has none. */
async function accounts(folder: string, uid: number, home: string): Promise<Mount[]> {
  const root = { passwd: 'root:x:0:0:root:/:/usr/sbin/nologin', group: 'root:x:0:' };
  const own = { passwd: `agent:x:${uid}:${uid}:agent:${home}:/bin/sh`, group: `agent:x:${uid}:` };
  return Promise.all(
    (['passwd', 'group'] as const).map(async (name) => {
      const source = join(folder, name);
      await writeFile(source, `${root[name]}\n${own[name]}\n`);
      return { source, target: `/etc/${name}`, readOnly: true };
    }),
  );
}
