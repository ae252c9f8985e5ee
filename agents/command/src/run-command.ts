import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { OutputLines } from './output-lines.js';

export interface Command {
  /** Program and arguments, literally; no shell reads them. */
  argv: readonly string[];
  env: Record<string, string>;
  cwd: string;
}

/** Told of every process group, so that it can be ended without this process. */
export interface GroupWatch {
  watch(group: number, attempt: string): void;
  release(group: number): void;
}

export interface RunSettings {
  /** Aborting ends the whole process group: `lease_lost` at once, any other reason with a second's notice. */
  signal: AbortSignal;
  onLine(line: string): void;
  guard: GroupWatch;
}

export type CommandEnd =
  | { kind: 'not_started'; code: 'command_not_found' | 'not_executable' | 'bad_command'; message: string }
  | { kind: 'exited'; code: number | null; signal: NodeJS.Signals | null; output: OutputLines };

const graceMs = 1_000;

/** Runs a command in a process group of its own; when this resolves, all of the group has been killed. */
export async function runCommand(command: Command, settings: RunSettings): Promise<CommandEnd> {
  const [program = '', ...args] = command.argv;
  const { cwd, env } = command;
  let child: ChildProcessByStdio<null, Readable, Readable>;
  try {
    child = spawn(program, args, {
      cwd,
      env,
      shell: false,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    return notStarted(error as NodeJS.ErrnoException, program); // e.g. a NUL character in an argument
  }
  const group = child.pid;
  if (group === undefined) {
    const [error] = (await once(child, 'error')) as [NodeJS.ErrnoException];
    return notStarted(error, program);
  }
  child.on('error', () => undefined);
  settings.guard.watch(group, env['AGENCYOS_ATTEMPT'] ?? '-');
  return completion(child, group, settings);
}

function completion(
  child: ChildProcessByStdio<null, Readable, Readable>,
  group: number,
  { signal, onLine, guard }: RunSettings,
): Promise<CommandEnd> {
  const output = new OutputLines(onLine);
  for (const stream of [child.stdout, child.stderr]) {
    const source = output.source();
    stream.on('data', (chunk: Buffer) => source.write(chunk)).once('close', () => source.end());
  }
  let late: NodeJS.Timeout | undefined;
  const stop = () => {
    if (signal.reason === 'lease_lost') return killGroup(group, 'SIGKILL');
    killGroup(group, 'SIGTERM');
    late = setTimeout(() => killGroup(group, 'SIGKILL'), graceMs);
  };
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  return new Promise((resolve) => {
    child.once('exit', () => {
      // Whatever the command left behind in its group goes with it; what left the group may still hold the pipes.
      killGroup(group, 'SIGKILL');
      guard.release(group);
      const streams = setTimeout(() => (child.stdout.destroy(), child.stderr.destroy()), graceMs);
      child.once('close', () => clearTimeout(streams));
    });
    child.once('close', (code, killedBy) => {
      clearTimeout(late);
      signal.removeEventListener('abort', stop);
      resolve({ kind: 'exited', code, signal: killedBy, output });
    });
  });
}

function notStarted(error: NodeJS.ErrnoException, program: string): CommandEnd {
  if (error.code === 'ENOENT') {
    return { kind: 'not_started', code: 'command_not_found', message: `There is no program "${program}".` };
  }
  if (error.code === 'EACCES') {
    return { kind: 'not_started', code: 'not_executable', message: `"${program}" may not be run.` };
  }
  return { kind: 'not_started', code: 'bad_command', message: error.message };
}

function killGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {
    // nothing is left of it
  }
}
