import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../run-command.js';
import { openWorkspace } from '../workspace.js';
import { bubblewrap } from './bubblewrap.js';
import { noIsolation, type Attempt, type Isolation, type IsolationWay } from './isolation.js';
import { ownUser } from './own-user.js';
import { Profiles } from './profiles.js';
import { sandboxOf } from './sandbox-of.js';
import { unshare } from './unshare.js';

export interface Wanted {
  /** Folder below which workspaces lie: the way must work there. */
  workspaces: string;
  /** Path of bubblewrap's program; without it the one on this system's own path. */
  bubblewrapProgram?: string | undefined;
  /** The only way that will do; without it the best that works. */
  way?: IsolationWay | undefined;
}

/** The best isolation that really works here: each way is tried by running a command that looks around. */
export async function chooseIsolation({ workspaces, bubblewrapProgram, way }: Wanted): Promise<Isolation> {
  if (way === 'none') return noIsolation;
  const all = [bubblewrap(bubblewrapProgram ?? 'bwrap'), unshare()];
  const ways = all.filter((candidate) => !way || candidate.way === way);
  const tried: Attempt[] = [];
  for (const candidate of process.platform === 'linux' ? ways : []) {
    const reason = await failureOf(candidate, workspaces);
    if (reason === undefined) return candidate;
    tried.push({ way: candidate.way, reason });
  }
  const reasons = tried.map((one) => `${one.way}: ${one.reason}`).join('; ');
  if (way) throw new Error(`Isolation by ${way} does not work here. ${reasons}`);
  return { ...noIsolation, tried };
}

/** Looks for a file beside its workspace, writes, looks for Node.js; says what is not as it should be. */
const lookAround = `[ -e "$BESIDE" ] && echo 'it sees what lies beside its workspace' && exit 1
: >written || { echo 'it cannot write into its workspace'; exit 1; }
[ -x "$NODE" ] || { echo "it does not find $NODE"; exit 1; }`;

/** Why the isolation does not do what it should; undefined when it does. */
async function failureOf(isolation: Isolation, workspaces: string): Promise<string | undefined> {
  await mkdir(workspaces, { recursive: true });
  const root = await mkdtemp(join(workspaces, '.probe-'));
  try {
    const beside = join(root, 'beside');
    await writeFile(beside, '');
    const task = { runId: 'probe', taskId: 'probe', attempt: 1, role: 'probe', leaseMs: 1, timeoutMs: 1 };
    const workspace = await openWorkspace(root, task, null, undefined);
    const settings = { uid: ownUser('probe'), workspaces: root };
    const { sandbox } = await sandboxOf('probe', workspace, new Profiles().forRole('probe'), settings);
    const end = await runCommand(
      {
        argv: ['sh', '-c', lookAround],
        env: { PATH: '/usr/bin:/bin', BESIDE: beside, NODE: process.execPath },
        cwd: workspace.folder,
        sandbox,
      },
      {
        ...{ signal: AbortSignal.timeout(probeMs), onLine: () => undefined, isolation },
        guard: { watch: () => undefined, release: () => undefined },
      },
    );
    if (end.kind === 'not_started') return end.message;
    return end.code === 0 ? undefined : (end.output.last.at(-1) ?? 'a command did not end as it should');
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

const probeMs = 10_000;
