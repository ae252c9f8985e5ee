import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Loose } from '../support/objects.js';
import { PodLog } from './pod-log.js';

/** What a program of this machine stands for. */
export interface LocalImage {
  /** Before the arguments of a container that names no command. */
  entrypoint: readonly string[];
  cwd: string;
  /** What its environment has beside what the container says. */
  env: Readonly<Record<string, string>>;
}

/** One container as a process of this machine, with exactly its environment. Its files lie where its volumes are. */
export class LocalProcess {
  readonly log = new PodLog();
  readonly ended: Promise<{ exitCode: number; reason: string; message?: string }>;
  private readonly child: ChildProcess;
  private readonly env: Record<string, string>;
  private readonly given: (text: string) => string;

  /** @param volumes folder of each, by its name */
  constructor(spec: Loose, image: LocalImage, volumes: ReadonlyMap<string, string>) {
    const here = (text: string) => inVolumes(text, spec.volumeMounts ?? [], volumes);
    const env = { ...image.env, ...Object.fromEntries((spec.env ?? []).map(({ name, value }: Loose) => [name, value])) };
    this.given = (text) => here(unescaped(text));
    this.env = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, this.given(value)]));
    const [program = '', ...args] = [...(spec.command ?? image.entrypoint), ...(spec.args ?? [])].map(this.given);
    this.child = spawn(program, args, {
      cwd: here(spec.workingDir ?? image.cwd),
      env: this.env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout!, this.child.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => this.log.write(text));
    this.ended = new Promise((resolve) => {
      // Words and code of containerd.
      this.child.once('error', ({ message }: NodeJS.ErrnoException) => {
        const why = message.includes('ENOENT') ? 'executable file not found in $PATH' : 'permission denied';
        this.log.end();
        resolve({ exitCode: 128, reason: 'StartError', message: `failed to start: exec: "${program}": ${why}` });
      });
      this.child.once('close', (code, signal) => {
        if (this.child.pid === undefined) return;
        this.signal('SIGKILL'); // what it has left behind ends with the container
        this.log.end();
        const exitCode = signal ? 128 + (signal === 'SIGTERM' ? 15 : 9) : code!;
        resolve({ exitCode, reason: exitCode === 0 ? 'Completed' : 'Error' });
      });
    });
  }

  /** Whether a command beside it ends well. */
  async exec(command: string[]): Promise<boolean> {
    const [program = '', ...args] = command.map(this.given);
    const [code] = (await once(spawn(program, args, { env: this.env, stdio: 'ignore' }), 'close')) as [number];
    return code === 0;
  }

  signal(name: NodeJS.Signals): void {
    try {
      if (this.child.pid !== undefined) process.kill(-this.child.pid, name);
    } catch {
      // it has ended
    }
  }
}

/** There is no file system of its own: what names a place in a volume names the folder that stands for it. */
function inVolumes(text: string, mounts: Loose[], volumes: ReadonlyMap<string, string>): string {
  const mount = mounts.find(({ mountPath }) => text === mountPath || text.startsWith(`${mountPath}/`));
  return mount ? join(volumes.get(mount.name)!, text.slice(mount.mountPath.length)) : text;
}

/** `$$` is a dollar sign; what Kubernetes would put in for `$(NAME)` is not known here. */
function unescaped(text: string): string {
  return text.replace(/\$\$|\$\(/g, (found) => {
    if (found === '$$') return '$';
    throw new Error(`this double puts nothing in for the reference in ${text}`);
  });
}
