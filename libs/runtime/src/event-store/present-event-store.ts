import { UnknownEventVersion } from '@agencyos/contracts';
import {
  EventStore,
  type Append,
  type AppendResult,
  type LogPage,
  type ReadAllOptions,
  type RecordedEvent,
  type StoredAnswer,
  type SubscribeOptions,
} from './event-store.js';
import type { PresentForm } from './present-form.js';

/** A log whose events are read in the form of today. What it holds stays as it was written. */
export class PresentEventStore extends EventStore {
  /** @param recorded the log as it was written */
  constructor(
    readonly recorded: EventStore,
    private readonly form: PresentForm,
  ) {
    super();
  }

  get atomicAnswers(): boolean {
    return this.recorded.atomicAnswers;
  }

  /** @throws UnknownEventVersion */
  async *read(stream: string, fromRevision?: number): AsyncIterable<RecordedEvent> {
    for await (const event of this.recorded.read(stream, fromRevision)) yield this.form.of(event);
  }

  /** @throws UnknownEventVersion */
  async readAll(after: bigint, options: ReadAllOptions): Promise<LogPage> {
    const { events, position } = await this.recorded.readAll(after, options);
    return { events: events.map((event) => this.form.of(event)), position };
  }

  /** Hands over everything before an event that this version cannot read. @throws UnknownEventVersion there */
  async *subscribe(after: bigint, options: SubscribeOptions): AsyncIterable<LogPage> {
    for await (const { events, position } of this.recorded.subscribe(after, options)) {
      const readable: RecordedEvent[] = [];
      for (const event of events) {
        try {
          readable.push(this.form.of(event));
        } catch (error) {
          const last = readable.at(-1);
          if (last && error instanceof UnknownEventVersion) yield { events: readable, position: last.position };
          throw error;
        }
      }
      yield { events: readable, position };
    }
  }

  append(append: Append): Promise<AppendResult> {
    return this.recorded.append(append);
  }

  head(): Promise<bigint> {
    return this.recorded.head();
  }

  earlier(position: bigint, events: number): Promise<bigint> {
    return this.recorded.earlier(position, events);
  }

  remember(answers: readonly StoredAnswer[]): Promise<StoredAnswer[]> {
    return this.recorded.remember(answers);
  }

  answers(commandIds: string[]): Promise<StoredAnswer[]> {
    return this.recorded.answers(commandIds);
  }

  identity(): Promise<string> {
    return this.recorded.identity();
  }

  close(): Promise<void> {
    return this.recorded.close();
  }
}
