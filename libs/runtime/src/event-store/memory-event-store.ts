import { parseStream } from '@agencyos/contracts';
import { checkAppend } from './append-limits.js';
import { serialise } from './serialised-append.js';
import {
  type Append,
  type AppendResult,
  EventStore,
  type LogPage,
  type ReadAllOptions,
  type RecordedEvent,
  type StoredAnswer,
  type SubscribeOptions,
} from './event-store.js';
import { followLog } from './follow-log.js';

/** The log in memory, for unit tests. Data goes through JSON as in any other store. */
export class MemoryEventStore extends EventStore {
  readonly atomicAnswers: boolean = true;
  private readonly log: RecordedEvent[] = [];
  private readonly streams = new Map<string, RecordedEvent[]>();
  private readonly known = new Map<string, StoredAnswer>();
  private readonly eventIds = new Set<string>();
  private readonly waiting = new Set<() => void>();
  private readonly closing = new AbortController();

  async append(append: Append): Promise<AppendResult> {
    checkAppend(serialise(append));
    const { stream, expectedRevision, events, commands } = append;
    const known = commands.flatMap(({ commandId }) => this.known.get(commandId) ?? []);
    if (known.length > 0 || events.some(({ id }) => this.eventIds.has(id))) {
      return { status: 'repeat', answers: known };
    }
    const present = this.streams.get(stream) ?? [];
    if (present.length - 1 !== expectedRevision) return { status: 'conflict', revision: present.length - 1 };
    this.streams.set(stream, present);
    for (const event of events) {
      const copy = JSON.parse(JSON.stringify(event)) as typeof event;
      const recorded = { ...copy, stream, revision: present.length, position: BigInt(this.log.length + 1) };
      present.push(recorded);
      this.log.push(recorded);
      this.eventIds.add(event.id);
    }
    const answers = commands.map(({ commandId, principal, digest, revision }): StoredAnswer => {
      return { commandId, principal, digest, stream, revision, position: present[revision]!.position };
    });
    for (const answer of answers) this.known.set(answer.commandId, answer);
    for (const wake of this.waiting) wake();
    return { status: 'appended', answers, position: BigInt(this.log.length) };
  }

  async *read(stream: string, fromRevision = 0): AsyncIterable<RecordedEvent> {
    yield* structuredClone(this.streams.get(stream)?.slice(fromRevision) ?? []);
  }

  async readAll(after: bigint, { limit, categories }: ReadAllOptions): Promise<LogPage> {
    const events: RecordedEvent[] = [];
    for (const event of this.log.slice(Number(after))) {
      if (categories && !categories.includes(parseStream(event.stream).category)) continue;
      if (events.push(structuredClone(event)) === limit) return { events, position: event.position };
    }
    const head = BigInt(this.log.length);
    return { events, position: head > after ? head : after };
  }

  subscribe(after: bigint, { signal, categories, batch = 500 }: SubscribeOptions): AsyncIterable<LogPage> {
    return followLog(after, {
      signal: AbortSignal.any([signal, this.closing.signal]),
      limit: batch,
      read: (position) => this.readAll(position, { limit: batch, categories }),
      beyond: (position, stop) => this.beyond(position, stop),
    });
  }

  async head(): Promise<bigint> {
    return BigInt(this.log.length);
  }

  async earlier(position: bigint, events: number): Promise<bigint> {
    return position > events ? position - BigInt(events) : 0n;
  }

  async answers(commandIds: string[]): Promise<StoredAnswer[]> {
    return commandIds.flatMap((id) => this.known.get(id) ?? []);
  }

  async remember(answers: readonly StoredAnswer[]): Promise<StoredAnswer[]> {
    const before = answers.flatMap(({ commandId }) => this.known.get(commandId) ?? []);
    for (const answer of answers) if (!this.known.has(answer.commandId)) this.known.set(answer.commandId, answer);
    return before;
  }

  async identity(): Promise<string> {
    return 'memory';
  }

  async close(): Promise<void> {
    this.closing.abort();
  }

  private async beyond(position: bigint, signal: AbortSignal): Promise<void> {
    if (BigInt(this.log.length) > position || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const wake = () => {
        this.waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.waiting.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}
