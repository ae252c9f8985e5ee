import {
  describeEvent,
  fromCloudEvent,
  parseStream,
  subjects,
  UnknownEventVersion,
  type CloudEvent,
  type Fact,
} from '@agencyos/contracts';
import type { Msg } from '@nats-io/transport-node';
import { pause, Wake } from '../background.js';
import type { EventStore, RecordedEvent } from '../event-store/event-store.js';
import type { PresentForm } from '../event-store/present-form.js';
import type { Bus } from '../messaging/bus.js';

export interface FactBatch {
  facts: Fact[];
  /** Everything up to here has been seen, whether it matched or not. */
  position: bigint;
}

/** Facts after a position, in log order, for ever (until the signal aborts). */
export interface Feed {
  follow(after: bigint, categories: readonly string[], signal: AbortSignal): AsyncIterable<FactBatch>;
}

export function factOf(event: RecordedEvent): Fact {
  const { id, type, schema, data, metadata, stream, revision, position } = event;
  const context = describeEvent(type)?.context ?? parseStream(stream).category;
  return { id, type, schema, context, stream, revision, position: String(position), data, metadata };
}

/** Facts of one stream, from one revision on. */
export async function* factsOf(store: EventStore, stream: string, fromRevision: number): AsyncIterable<Fact> {
  for await (const event of store.read(stream, fromRevision)) yield factOf(event);
}

/** Own facts, straight from the event store: works while NATS is away. */
export class LogFeed implements Feed {
  constructor(private readonly store: EventStore) {}

  async *follow(after: bigint, categories: readonly string[], signal: AbortSignal): AsyncIterable<FactBatch> {
    for await (const { events, position } of this.store.subscribe(after, { categories, signal })) {
      yield { facts: events.map(factOf), position };
    }
  }
}

interface Arrived {
  /** Only where its category is wanted. */
  fact?: Fact;
  position: bigint;
  /** Position of the event that was published just before this one. */
  previous: bigint;
}

/** An event as it arrives: parsed only for who wants its category, since most are others'. */
interface EventMessage {
  category: string;
  position: bigint;
  previous: bigint;
  read(): Fact;
}

const QUEUE_LIMIT = 10_000;
const IDLE_MS = 1_000;
const RETRY_MS = 250;
const PAGE = 500;

/**
 * Others' facts, live over NATS. Each message says which position came before it, so a gap is seen at once and read
 * from the event store; so is whatever was missed at the end (every second, when nothing arrives). Neither order nor
 * completeness depends on NATS.
 */
export class EventsFeed implements Feed {
  private readonly followers = new Set<(message: EventMessage) => void>();

  constructor(
    private readonly store: EventStore,
    private readonly bus: Bus,
    /** What arrives over NATS is as it was written. */
    private readonly form: PresentForm,
    /** Told of what is no event of ours, which is passed over. */
    private readonly foreign?: (subject: string, error: unknown) => void,
  ) {
    bus.subscribe(subjects.allEvents, (message) => this.receive(message));
  }

  private receive(message: Msg): void {
    if (this.followers.size === 0) return;
    const { headers, subject } = message;
    let fact: Fact | undefined;
    let position: bigint;
    let previous: bigint;
    const read = () => {
      fact ??= fromCloudEvent(message.json<CloudEvent>());
      if (fact.position !== String(position)) throw new Error('its position is not that of its head');
      return fact;
    };
    try {
      position = BigInt(headers?.get('Agencyos-Position') || message.json<CloudEvent>().position);
      previous = BigInt(headers?.get('Agencyos-Previous') || position - 1n);
      // Of the subject `….<aggregate>.<type>.<id>`; an aggregate is called as the category of its streams.
      const category = subject.split('.').at(-3)!;
      for (const follower of this.followers) follower({ category, position, previous, read });
    } catch (error) {
      // Nothing is lost: what the log has beside it shows as a gap, and is read from there.
      this.foreign?.(subject, error);
    }
  }

  async *follow(after: bigint, categories: readonly string[], signal: AbortSignal): AsyncIterable<FactBatch> {
    const wanted = new Set(categories);
    let position = after;
    let queue: Arrived[] = [];
    let gap: Arrived | undefined;
    const wake = new Wake();
    const arrive = ({ category, position, previous, read }: EventMessage) => {
      // A reader that cannot keep up falls back to the event store.
      if (queue.length >= QUEUE_LIMIT) queue = [];
      queue.push({ position, previous, ...(wanted.has(category) && { fact: read() }) });
      wake.wake();
    };
    this.followers.add(arrive);
    const stopListening = this.bus.onReconnect(() => wake.wake());
    try {
      while (!signal.aborted) {
        const page = await this.store.readAll(position, { limit: PAGE, categories }).catch((error: unknown) => {
          if (error instanceof UnknownEventVersion) throw error;
          return undefined;
        });
        if (!page) {
          // The store is away: what it holds is read once it is back.
          await pause(RETRY_MS * (0.5 + Math.random()), signal);
          continue;
        }
        if (page.events.length > 0 || page.position > position) {
          position = page.position;
          yield { facts: page.events.map(factOf), position };
          if (page.events.length === PAGE) continue;
        }
        // Live until a gap or a silent second.
        for (let live = true; live && !signal.aborted;) {
          if (queue.length === 0) {
            await wake.wait(IDLE_MS, signal);
            if (queue.length === 0) break;
          }
          const facts: Fact[] = [];
          while (queue.length > 0 && facts.length < PAGE) {
            const next = queue[0]!;
            if (next.position > position && next.previous > position) {
              // Read to its end since, the log does not have what it names: it is no event of ours.
              if (next === gap) queue.shift();
              else gap = next;
              live = false;
              break;
            }
            queue.shift();
            if (next.position <= position) continue;
            position = next.position;
            if (next.fact) facts.push(this.form.of(next.fact));
          }
          if (facts.length > 0 || live) yield { facts, position };
        }
      }
    } finally {
      this.followers.delete(arrive);
      stopListening();
    }
  }
}
