import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../bin/group-guard.mjs', import.meta.url));

const relaunchMs = 50;

/**
 * A small process that outlives this one just long enough to end the process groups of its commands: a killed
 * worker can do nothing itself, and the kernel's parent-death signal does not reach grandchildren.
 */
export class GroupGuard {
  private readonly groups = new Map<number, { attempt: string; deadline?: string }>();
  private child: ChildProcess | undefined;
  private closing = false;

  constructor() {
    this.launch();
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** @param attempt value of `AGENCYOS_ATTEMPT` in the command's environment; without spaces */
  watch(group: number, attempt: string): void {
    this.groups.set(group, { attempt });
    this.tell(`+${group} ${attempt}\n`);
  }

  /** @param endBy when the group is ended whatever became of this process, as `performance.now()` counts */
  extend(group: number, endBy: number): void {
    const watched = this.groups.get(group);
    if (!watched) return;
    // A clock that all processes of the machine share, and that nobody sets.
    const deadline = Number(process.hrtime.bigint() / 1_000_000n) + (endBy - performance.now());
    watched.deadline = `=${group} ${Math.floor(deadline)}\n`;
    this.tell(watched.deadline);
  }

  release(group: number): void {
    this.groups.delete(group);
    this.tell(`-${group}\n`);
  }

  /** Ends the guard, and with it what it still watches. */
  close(): void {
    this.closing = true;
    this.child?.stdin?.end();
  }

  private launch(): void {
    if (this.closing) return;
    const child = spawn(process.execPath, [script], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      cwd: '/',
    });
    child.unref();
    child.stdin.on('error', () => undefined); // its end is seen below
    const again = () => {
      // Not at once: what ends it, or keeps it from starting, may last.
      if (!this.closing) setTimeout(() => this.launch(), relaunchMs).unref();
    };
    child.once('error', () => {
      if (child.pid === undefined) again();
    });
    child.once('exit', again);
    this.child = child;
    for (const [group, { attempt, deadline }] of this.groups) {
      this.tell(`+${group} ${attempt}\n`);
      if (deadline) this.tell(deadline);
    }
  }

  private tell(line: string): void {
    this.child?.stdin?.write(line);
  }
}
