import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';

const rotateAtBytes = 10 * 1024 * 1024;

/** A process's output on disk: at most 10 MB, and the 10 MB before that as `<path>.1`. */
export class LogFile {
  private file: number | undefined;
  private bytes = 0;

  constructor(readonly path: string) {}

  /** Written at once, so that what a process said last is there whatever happens next. */
  write(chunk: Buffer): void {
    try {
      const file = this.open(chunk.length);
      for (let from = 0; from < chunk.length;) from += writeSync(file, chunk, from);
      this.bytes += chunk.length;
    } catch {
      // a full disk must not stop the processes
    }
  }

  close(): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
  }

  private open(more: number): number {
    if (this.file !== undefined && this.bytes + more > rotateAtBytes) {
      this.close();
      renameSync(this.path, `${this.path}.1`);
    }
    if (this.file === undefined) {
      this.file = openSync(this.path, 'a', 0o600);
      this.bytes = fstatSync(this.file).size;
    }
    return this.file;
  }
}
