import { jetstream as names, type CloudEvent } from '@agencyos/contracts';
import type { EventStore } from '@agencyos/runtime';
import { JetStreamApiError, type JetStreamManager, type StoredMsg } from '@nats-io/jetstream';
import { POSITION } from './event-message.js';

const NO_MESSAGE_FOUND = 10037;
/** How far back at most the last event is looked for, behind what is none. */
const LOOKED_AT = 1_000;

export type ResumePoint =
  /**
   * Publish what follows this position. `sequence` is that of the stream's last message, 0 when it never had one;
   * `passedOver` counts what lies behind the last event and is none.
   */
  | { status: 'continue'; position: bigint; sequence: number; passedOver: number }
  /** EVENTS holds another log's events: it has to be made anew. */
  | { status: 'foreign' };

/**
 * Where to continue, by what EVENTS really holds: it is filled in log order without gaps, so its last event
 * is the truth, and the checkpoint only tells how far it had come when it holds nothing.
 *
 * @param refill how many events at most go into an EVENTS that was lost
 */
export async function findResumePoint(
  manager: JetStreamManager,
  store: EventStore,
  checkpoint: bigint,
  refill: number,
): Promise<ResumePoint> {
  const { state } = await manager.streams.info(names.events);
  const sequence = state.last_seq;
  if (state.messages === 0) {
    // Empty, but not new: everything in it became too old.
    const position = sequence > 0 ? checkpoint : await store.earlier(checkpoint, refill);
    return { status: 'continue', position, sequence, passedOver: 0 };
  }
  const oldest = Math.max(state.first_seq, sequence - LOOKED_AT + 1);
  for (let [seq, passedOver] = [sequence, 0]; seq >= oldest; seq--) {
    const message = await messageAt(manager, seq);
    const event = message && readable(message);
    if (message && !event) passedOver++;
    if (!event) continue;
    if (!(await isRecorded(store, event))) return { status: 'foreign' };
    return { status: 'continue', position: event.position, sequence, passedOver };
  }
  return { status: 'foreign' };
}

interface PublishedEvent {
  id: string;
  position: bigint;
  stream: string;
  revision: number;
}

/** What the relay of some log published; undefined for anything else that lies there. */
function readable(message: StoredMsg): PublishedEvent | undefined {
  try {
    // The message's own id may be another one: see Publisher.
    const { id, subject: stream, streamrevision: revision } = message.json<CloudEvent>();
    const position = message.header.get(POSITION);
    if (!id || !/^\d+$/.test(position) || !/^[a-z][^-]*-./.test(stream) || !Number.isSafeInteger(revision)) return undefined;
    return { id, position: BigInt(position), stream, revision };
  } catch {
    return undefined;
  }
}

/** Whether the log holds the event, at the place that it names. */
async function isRecorded(store: EventStore, published: PublishedEvent): Promise<boolean> {
  for await (const event of store.read(published.stream, published.revision)) {
    return event.position === published.position && event.id === published.id;
  }
  return false;
}

/** Whether EVENTS holds the event under this sequence. */
export async function holds(manager: JetStreamManager, sequence: number, eventId: string): Promise<boolean> {
  const message = sequence > 0 ? await messageAt(manager, sequence) : undefined;
  return message !== undefined && readable(message)?.id === eventId;
}

async function messageAt(manager: JetStreamManager, seq: number): Promise<StoredMsg | undefined> {
  try {
    return (await manager.streams.getMessage(names.events, { seq })) ?? undefined;
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === NO_MESSAGE_FOUND) return undefined;
    throw error;
  }
}
