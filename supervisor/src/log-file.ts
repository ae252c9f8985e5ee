import { createWriteStream, renameSync, statSync, type WriteStream } from 'node:fs';

const rotateAtBytes = 10 * 1024 * 1024;

/** A process's output on disk: at most 10 MB, and the 10 MB before that as `<path>.1`. */
export class LogFile {
  private stream: WriteStream | undefined;
  private bytes = 0;

  constructor(readonly path: string) {}

  write(chunk: Buffer | string): void {
    if (!this.stream || this.bytes > rotateAtBytes) this.open();
    this.bytes += chunk.length;
    this.stream?.write(chunk);
  }

  /** Waits until everything is on disk. */
  async close(): Promise<void> {
    const { stream } = this;
    this.stream = undefined;
    if (stream) await new Promise<void>((resolve) => stream.end(resolve));
  }

  private open(): void {
    this.stream?.end();
    this.bytes = sizeOf(this.path);
    if (this.bytes > rotateAtBytes) {
      renameSync(this.path, `${this.path}.1`);
      this.bytes = 0;
    }
    this.stream = createWriteStream(this.path, { flags: 'a', mode: 0o600 });
    this.stream.on('error', () => undefined); // a full disk must not stop the processes
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
