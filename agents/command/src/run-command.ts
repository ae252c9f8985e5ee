import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { noIsolation, type Isolation } from './isolation/isolation.js';
import { defaultLimits, watching, type Limiter, type LimitName, type Limits } from './limits/limits.js';
import { diskOver, watchLimits } from './limits/watch-limits.js';
import { OutputLines } from './output-lines.js';
import { startCommand, type Command } from './start-command.js';

/** Told of every process group, so that it can be ended without this process. */
export interface GroupWatch {
  watch(group: number, attempt: string): void;
  /** @param endBy when it is to be ended if this is not told again, as `performance.now()` counts */
  extend?(group: number, endBy: number): void;
  release(group: number): void;
}

export interface RunSettings {
  /** Aborting ends all of the command: `lease_lost` at once, any other reason with a second's notice. */
  signal: AbortSignal;
  onLine(line: string): void;
  guard: GroupWatch;
  isolation?: Isolation;
  limiter?: Limiter;
  limits?: Limits;
  /** Calls its listener with each new time by which the command must be over. */
  followLease?: ((listener: (endBy: number) => void) => void) | undefined;
}

export type CommandEnd =
  | { kind: 'not_started'; code: NotStartedCode; message: string; retryable?: boolean }
  | {
      kind: 'exited';
      code: number | null;
      signal: NodeJS.Signals | null;
      output: OutputLines;
      /** What it wanted more of than it may have: then it has not done its work, whatever its code says. */
      exceeded?: LimitName;
    };

export type NotStartedCode =
  | 'command_not_found'
  | 'not_executable'
  | 'bad_command'
  | 'isolation_failed'
  /** Of a Job. */
  | 'image_unavailable'
  | 'not_scheduled'
  | 'jobs_forbidden'
  | 'quota_exceeded'
  | 'pod_failed'
  | 'pod_lost'
  | 'job_exists';

const graceMs = 1_000;

/** Runs a command in a process group of its own; when this resolves, all of the group has been killed. */
export async function runCommand(command: Command, settings: RunSettings): Promise<CommandEnd> {
  const { isolation = noIsolation, limiter = watching, limits = defaultLimits, guard } = settings;
  const [program = ''] = command.argv;
  if (program === '') return notStarted({ message: 'The program has no name.' }, program);
  const limitGroup = limiter.open?.(limits);
  try {
    const { child, begin } = startCommand(command, isolation, limitGroup, limits);
    const group = child.pid;
    if (group === undefined) {
      const [error] = (await once(child, 'error')) as [NodeJS.ErrnoException];
      return notStarted(error, program);
    }
    child.on('error', () => undefined);
    guard.watch(group, command.env['AGENCYOS_ATTEMPT'] ?? '-');
    begin();
    settings.followLease?.((endBy) => guard.extend?.(group, endBy));
    const watched = { leader: limitGroup ? undefined : group, folder: command.cwd, limits };
    const ended = await completion(child, group, watched, settings);
    const end = isolation.commandLine ? endInSandbox(ended, program) : endOf(ended);
    if (end.kind === 'not_started') return end;
    const exceeded = ended.exceeded ?? limitGroup?.exceeded() ?? (await diskOver(command.cwd, limits));
    // A command that was refused a process may have managed without it.
    return exceeded && (exceeded !== 'processes' || end.code !== 0) ? { ...end, exceeded } : end;
  } catch (error) {
    return notStarted(error as NodeJS.ErrnoException, program); // e.g. a NUL character in an argument
  } finally {
    await limitGroup?.close();
  }
}

interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** What its sandbox told. */
  told: string;
  output: OutputLines;
  exceeded: LimitName | undefined;
}

function completion(
  child: ChildProcess,
  group: number,
  watched: { leader: number | undefined; folder: string; limits: Limits },
  { signal, onLine, guard }: RunSettings,
): Promise<Ended> {
  const [control] = child.stdio;
  const [stdout, stderr, status] = child.stdio.slice(1) as [Readable, Readable, Readable?];
  const running = new AbortController();
  let exceeded: LimitName | undefined;
  const overLimit = (name: LimitName) => {
    exceeded ??= name;
    killGroup(group, 'SIGKILL');
  };
  const output = new OutputLines(onLine);
  for (const stream of [stdout, stderr]) {
    const source = output.source();
    stream
      .on('data', (chunk: Buffer) => {
        source.write(chunk);
        if (output.bytes > watched.limits.outputBytes) overLimit('output');
      })
      .once('close', () => source.end());
  }
  let told = '';
  status?.setEncoding('utf8').on('data', (text: string) => (told = (told + text).slice(0, 1_000)));
  void watchLimits(watched, running.signal, overLimit);
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
      running.abort();
      const streams = setTimeout(() => child.stdio.forEach((stream) => stream?.destroy()), graceMs);
      child.once('close', () => clearTimeout(streams));
    });
    child.once('close', (code: number | null, killedBy: NodeJS.Signals | null) => {
      clearTimeout(late);
      signal.removeEventListener('abort', stop);
      resolve({ code, signal: killedBy, told, output, exceeded });
    });
  });
}

const endOf = ({ code, signal, output }: Ended) => ({ kind: 'exited', code, signal, output }) as const;

/** What became of a command, from what is known of its sandbox. */
function endInSandbox({ code, signal, told, output }: Ended, program: string): CommandEnd {
  const [started, why] = told.split('\n');
  if (started !== 'started' && !signal) {
    const reason = output.last[0] ?? `it ended with exit code ${code}`;
    return {
      kind: 'not_started',
      code: 'isolation_failed',
      // What keeps it from being made may be over at the next attempt, or on another worker.
      retryable: true,
      message: `The sandbox could not be made: ${reason}`,
    };
  }
  if (why === 'command_not_found') return notStarted({ code: 'ENOENT' }, program);
  if (why === 'not_executable') return notStarted({ code: 'EACCES' }, program);
  // Shells tell a signal by a code above 128.
  const killedBy = signal ?? signalOf((code ?? 0) - 128);
  return { kind: 'exited', code: killedBy ? null : code, signal: killedBy, output };
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
