import type { AppendResult } from '../event-store.js';
import type { SerialisedAppend } from '../serialised-append.js';

const GROUPS_IN_FLIGHT = 2;
const GROUP_APPENDS = 256;
const GROUP_BYTES = 4 * 1024 * 1024;

interface Waiting {
  append: SerialisedAppend;
  bytes: number;
  resolve(result: AppendResult): void;
  reject(error: unknown): void;
}

/**
 * Collects the appends of this process and commits them together: while two groups are under way, whatever
 * arrives waits for the next one. So one append alone is not delayed, and many share one fsync.
 *
 * Appends of one stream keep their order: none is sent while an earlier one of its stream is in flight in
 * another group, which might overtake it.
 */
export class GroupCommit {
  private queue: Waiting[] = [];
  private readonly busyStreams = new Set<string>();
  private inFlight = 0;
  private collecting = false;

  constructor(private readonly commit: (group: SerialisedAppend[]) => Promise<AppendResult[]>) {}

  /** @param bytes size of the append, to bound the group */
  add(append: SerialisedAppend, bytes: number): Promise<AppendResult> {
    return new Promise((resolve, reject) => {
      this.queue.push({ append, bytes, resolve, reject });
      this.collect();
    });
  }

  /** What arrives in one turn of the event loop, a request with many commands above all, goes together. */
  private collect(): void {
    if (this.collecting || this.inFlight === GROUPS_IN_FLIGHT) return;
    this.collecting = true;
    setImmediate(() => {
      this.collecting = false;
      this.next();
    });
  }

  private next(): void {
    while (this.inFlight < GROUPS_IN_FLIGHT) {
      const group = this.take();
      if (group.length === 0) return;
      void this.send(group);
    }
  }

  private async send(group: Waiting[]): Promise<void> {
    const streams = new Set(group.map(({ append }) => append.stream));
    for (const stream of streams) this.busyStreams.add(stream);
    this.inFlight++;
    try {
      const results = await this.commit(group.map(({ append }) => append));
      group.forEach(({ resolve }, index) => resolve(results[index]!));
    } catch (error) {
      if (group.length > 1 && isRefusedData(error)) await this.sendAlone(group);
      else for (const { reject } of group) reject(error);
    } finally {
      this.inFlight--;
      for (const stream of streams) this.busyStreams.delete(stream);
      this.next();
    }
  }

  /** What the database refuses as data must fail its own append only. */
  private async sendAlone(group: Waiting[]): Promise<void> {
    for (const { append, resolve, reject } of group) {
      await this.commit([append]).then(([result]) => resolve(result!), reject);
    }
  }

  private take(): Waiting[] {
    const group: Waiting[] = [];
    const heldBack: Waiting[] = [];
    const heldStreams = new Set<string>();
    const commands = new Set<string>();
    let bytes = 0;
    let index = 0;
    for (; index < this.queue.length && group.length < GROUP_APPENDS && bytes < GROUP_BYTES; index++) {
      const waiting = this.queue[index]!;
      const { stream, commands: own } = waiting.append;
      // A repeat beside its original would not see it: it goes with a later group.
      const repeated = own.some(({ commandId }) => commands.has(commandId));
      if (repeated || heldStreams.has(stream) || this.busyStreams.has(stream)) {
        heldStreams.add(stream);
        heldBack.push(waiting);
        continue;
      }
      for (const { commandId } of own) commands.add(commandId);
      bytes += waiting.bytes;
      group.push(waiting);
    }
    this.queue = [...heldBack, ...this.queue.slice(index)];
    return group;
  }
}

/** SQLSTATE classes 22 (data exception), 23 (integrity), 54 (limit exceeded): certain not to be committed. */
function isRefusedData(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' && /^(22|23|54)...$/.test(code);
}
