import { spawn, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { environmentLines } from './isolation/first-process.js';
import type { Isolation, Mount, Sandbox } from './isolation/isolation.js';
import type { LimitGroup, Limits } from './limits/limits.js';

export interface Command {
  /** Program and arguments, literally; no shell reads them. */
  argv: readonly string[];
  env: Record<string, string>;
  cwd: string;
  /** What it sees where it is isolated; without it only the system and its working directory. */
  sandbox?: Sandbox;
  /** Seen beside what the sandbox has, e.g. files of other steps. */
  mounts?: readonly Mount[];
}

/** Where what builds a sandbox is found; the command's own PATH has no say in it. */
const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** From the main thread. @throws what keeps the operating system from starting it, e.g. a NUL character in an argument */
export function startCommand(
  command: Command,
  isolation: Isolation,
  group: LimitGroup | undefined,
  limits: Limits,
): ChildProcess {
  // What ends a command with its parent follows the thread that started it, and whose thread is gone stays a zombie.
  if (!isMainThread) throw new Error('Commands are started by the main thread alone.');
  if (!isolation.commandLine) return startAsIs(command, group);
  const { argv, env, cwd, sandbox, mounts = [] } = command;
  const alone = { folder: cwd, mounts: [], network: false, uid: undefined };
  const own = sandbox ?? { ...alone, mounts: [{ source: cwd, target: cwd, readOnly: false }] };
  const lines = environmentLines(env);
  const isolated = isolation.commandLine(argv, { ...own, mounts: [...own.mounts, ...mounts] });
  const child = spawn('/bin/sh', ['-c', enter(limits), 'sh', ...(group?.join ?? []), '--', ...isolated], {
    cwd: '/',
    env: { PATH: systemPath },
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  child.stdin?.on('error', () => undefined).write(lines); // it may end before it has read them
  return child;
}

/** Puts itself under the limits, then becomes its arguments; in blocks of 512 bytes, as every shell counts a file. */
const enter = ({ diskBytes }: Limits): string => `ulimit -c 0; ulimit -f ${Math.ceil(diskBytes / 512)}
while [ "$1" != -- ]; do echo $$ >"$1" || exit 125; shift; done
shift
exec "$@"`;

function startAsIs({ argv, env, cwd }: Command, group: LimitGroup | undefined): ChildProcess {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  try {
    if (child.pid !== undefined) for (const file of group?.join ?? []) writeFileSync(file, String(child.pid));
  } catch {
    // it has ended already
  }
  return child;
}
