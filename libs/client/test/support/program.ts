import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** A program that runs, and what it has said so far. */
export class Program {
  output = '';
  readonly ended: Promise<number | null>;
  private readonly child: ChildProcess;
  private read = 0;
  private heard: () => void = () => undefined;

  constructor(cwd: string, file: string, env: Record<string, string>) {
    this.child = spawn(process.execPath, [file], { cwd, env: { ...process.env, NODE_OPTIONS: '', ...env }, stdio: 'pipe' });
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
        this.heard();
      });
    }
    this.ended = once(this.child, 'close').then(([code]) => code as number | null);
    void this.ended.then(() => this.heard());
  }

  /** Resolves once it has said these lines, in this order, perhaps with others between them. @throws Error when it ends before */
  async says(...lines: string[]): Promise<void> {
    for (const line of lines) {
      while (!this.find(line)) {
        if (this.child.exitCode !== null) throw new Error(`it ended before it said "${line}":\n${this.output}`);
        await new Promise<void>((resolve) => (this.heard = resolve));
      }
    }
  }

  private find(line: string): boolean {
    const at = `\n${this.output}`.indexOf(`\n${line}\n`, this.read);
    if (at < 0) return false;
    this.read = at + line.length + 1;
    return true;
  }
}
