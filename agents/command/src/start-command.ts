import { spawn, type ChildProcess } from 'node:child_process';
import { accessSync, constants, statSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Writable } from 'node:stream';
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

/** A process that becomes its command when it is told to begin, and ends when whoever would tell it is gone. */
export interface Started {
  child: ChildProcess;
  /** Once somebody who outlives this process knows of it: nothing of the command has run before. */
  begin(): void;
}

/** From the main thread. @throws what keeps the operating system from starting it, e.g. a NUL character in an argument */
export function startCommand(command: Command, isolation: Isolation, group: LimitGroup | undefined, limits: Limits): Started {
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
  child.stdin?.on('error', () => undefined); // it may end before it has read them
  return { child, begin: () => child.stdin?.write(lines) };
}

/** Puts itself under the limits, then becomes its arguments; in blocks of 512 bytes, as every shell counts a file. */
const enter = ({ diskBytes }: Limits): string => `ulimit -c 0; ulimit -f ${Math.ceil(diskBytes / 512)}
while [ "$1" != -- ]; do echo $$ >"$1" || exit 125; shift; done
shift
exec "$@"`;

/** Waits for a line, then becomes its arguments. Where the line's sender is gone there is an end of file, and it ends. */
const waitThenRun = (env: Record<string, string>): string => `IFS= read -r agencyos_begin <&3 || exit 125
unset agencyos_begin ${shellsOwn.filter((name) => !(name in env)).join(' ')}
exec "$@" 3>&-`;
const shellsOwn = ['PWD', 'OLDPWD', 'SHLVL', '_'];

function startAsIs({ argv, env, cwd }: Command, group: LimitGroup | undefined): Started {
  const [program = ''] = argv;
  const code = whyNotRun(program, cwd, env['PATH'] ?? systemPath);
  if (code) throw Object.assign(new Error(code), { code });
  const child = spawn('/bin/sh', ['-c', waitThenRun(env), 'sh', ...argv], {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  try {
    if (child.pid !== undefined) for (const file of group?.join ?? []) writeFileSync(file, String(child.pid));
  } catch {
    // it has ended already
  }
  const line = child.stdio[3] as Writable | undefined;
  line?.on('error', () => undefined); // so it may
  return { child, begin: () => line?.write('\n') };
}

/** What the system would say of a program; asked before, because a shell's answer is hard to tell from the program's. */
function whyNotRun(program: string, cwd: string, path: string): 'ENOENT' | 'EACCES' | undefined {
  const places = program.includes('/') ? [program] : path.split(':').map((folder) => `${folder || '.'}/${program}`);
  let there = false;
  for (const place of places.map((place) => resolve(cwd, place))) {
    try {
      there ||= statSync(place) !== undefined;
      accessSync(place, constants.X_OK);
      if (statSync(place).isFile()) return undefined;
    } catch {
      // it may lie in another folder
    }
  }
  return there ? 'EACCES' : 'ENOENT';
}
