import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { environmentLines } from './isolation/first-process.js';
import { noIsolation, type Isolation, type Mount, type Sandbox } from './isolation/isolation.js';
import { OutputLines } from './output-lines.js';

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

/** Told of every process group, so that it can be ended without this process. */
export interface GroupWatch {
  watch(group: number, attempt: string): void;
  release(group: number): void;
}

export interface RunSettings {
  /** Aborting ends all of the command: `lease_lost` at once, any other reason with a second's notice. */
  signal: AbortSignal;
  onLine(line: string): void;
  guard: GroupWatch;
  isolation?: Isolation;
}

export type CommandEnd =
  | { kind: 'not_started'; code: NotStartedCode; message: string }
  | { kind: 'exited'; code: number | null; signal: NodeJS.Signals | null; output: OutputLines };

export type NotStartedCode = 'command_not_found' | 'not_executable' | 'bad_command' | 'isolation_failed';

const graceMs = 1_000;
/** Where what builds a sandbox is found; the command's own PATH has no say in it. */
const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Runs a command in a process group of its own; when this resolves, all of the group has been killed. */
export async function runCommand(command: Command, settings: RunSettings): Promise<CommandEnd> {
  const [program = ''] = command.argv;
  if (program === '')
    return { kind: 'not_started', code: 'bad_command', message: 'The program has no name.' };
  let child: ChildProcess;
  try {
    child = start(command, settings.isolation ?? noIsolation);
  } catch (error) {
    return notStarted(error as NodeJS.ErrnoException, program); // e.g. a NUL character in an argument
  }
  const group = child.pid;
  if (group === undefined) {
    const [error] = (await once(child, 'error')) as [NodeJS.ErrnoException];
    return notStarted(error, program);
  }
  child.on('error', () => undefined);
  settings.guard.watch(group, command.env['AGENCYOS_ATTEMPT'] ?? '-');
  return completion(child, group, program, settings);
}

function start({ argv, env, cwd, sandbox, mounts = [] }: Command, isolation: Isolation): ChildProcess {
  if (!isolation.commandLine) {
    const [program = '', ...args] = argv;
    return spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  }
  const alone = { folder: cwd, mounts: [], network: false, uid: undefined };
  const own = sandbox ?? { ...alone, mounts: [{ source: cwd, target: cwd, readOnly: false }] };
  const [program = '', ...args] = isolation.commandLine(argv, { ...own, mounts: [...own.mounts, ...mounts] });
  const lines = environmentLines(env);
  const child = spawn(program, args, {
    cwd: '/',
    env: { PATH: systemPath },
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  child.stdin?.on('error', () => undefined).write(lines); // it may end before it has read them
  return child;
}

function completion(
  child: ChildProcess,
  group: number,
  program: string,
  { signal, onLine, guard, isolation = noIsolation }: RunSettings,
): Promise<CommandEnd> {
  const isolated = isolation.commandLine !== undefined;
  const [control] = child.stdio;
  const [stdout, stderr, status] = child.stdio.slice(1) as [Readable, Readable, Readable?];
  const output = new OutputLines(onLine);
  for (const stream of [stdout, stderr]) {
    const source = output.source();
    stream.on('data', (chunk: Buffer) => source.write(chunk)).once('close', () => source.end());
  }
  let told = '';
  status?.setEncoding('utf8').on('data', (text: string) => (told = (told + text).slice(0, 1_000)));
  let late: NodeJS.Timeout | undefined;
  const stop = () => {
    if (signal.reason === 'lease_lost') return killGroup(group, 'SIGKILL');
    if (control) control.write('\n');
    else killGroup(group, 'SIGTERM');
    late = setTimeout(() => killGroup(group, 'SIGKILL'), graceMs);
  };
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  return new Promise((resolve) => {
    child.once('exit', () => {
      // Whatever the command left behind in its group goes with it; what left the group may still hold the pipes.
      killGroup(group, 'SIGKILL');
      guard.release(group);
      const streams = setTimeout(() => child.stdio.forEach((stream) => stream?.destroy()), graceMs);
      child.once('close', () => clearTimeout(streams));
    });
    child.once('close', (code: number | null, killedBy: NodeJS.Signals | null) => {
      clearTimeout(late);
      signal.removeEventListener('abort', stop);
      resolve(
        isolated
          ? endOf(code, killedBy, told, program, output)
          : { kind: 'exited', code, signal: killedBy, output },
      );
    });
  });
}

/** What became of a command, from what is known of its sandbox. */
function endOf(
  code: number | null,
  killedBy: NodeJS.Signals | null,
  told: string,
  program: string,
  output: OutputLines,
): CommandEnd {
  const [started, why] = told.split('\n');
  if (started !== 'started' && !killedBy) {
    const reason = output.last.at(-1) ?? `it ended with exit code ${code}`;
    return {
      kind: 'not_started',
      code: 'isolation_failed',
      message: `The sandbox could not be made: ${reason}`,
    };
  }
  if (why === 'command_not_found') return notStarted({ code: 'ENOENT' }, program);
  if (why === 'not_executable') return notStarted({ code: 'EACCES' }, program);
  // Shells tell a signal by a code above 128.
  const signal = killedBy ?? signalOf((code ?? 0) - 128);
  return { kind: 'exited', code: signal ? null : code, signal, output };
}

const signalOf = (number: number): NodeJS.Signals | null =>
  (Object.entries(constants.signals).find(([, value]) => value === number)?.[0] as NodeJS.Signals) ?? null;

function notStarted({ code, message }: { code?: string; message?: string }, program: string): CommandEnd {
  if (code === 'ENOENT') {
    return { kind: 'not_started', code: 'command_not_found', message: `There is no program "${program}".` };
  }
  if (code === 'EACCES') {
    return { kind: 'not_started', code: 'not_executable', message: `"${program}" may not be run.` };
  }
  return { kind: 'not_started', code: 'bad_command', message: message ?? `"${program}" cannot be run.` };
}

function killGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {
    // nothing is left of it
  }
}
