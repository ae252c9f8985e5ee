import { jetstream as names, subjects, type CloudEvent } from '@agencyos/contracts';
import type { EventStore } from '@agencyos/runtime';
import { JetStreamApiError, type JetStreamManager, type StoredMsg } from '@nats-io/jetstream';
import { MESSAGE_ID, POSITION } from './event-message.js';

const NO_MESSAGE_FOUND = 10037;

export type ResumePoint =
  /** Publish what follows this position. `sequence` is that of the stream's last message, 0 when it never had one. */
  | { status: 'continue'; position: bigint; sequence: number }
  /** EVENTS holds another log's events: it has to be made anew. */
  | { status: 'foreign' };

/**
 * Where to continue, by what EVENTS really holds: it is filled in log order without gaps, so its last message
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
  const last = state.messages > 0 ? await lastMessage(manager) : undefined;
  if (last) {
    const position = BigInt(last.header.get(POSITION) || 0);
    if (!(await isRecorded(store, position, last))) return { status: 'foreign' };
    return { status: 'continue', position, sequence };
  }
  // Empty, but not new: everything in it became too old.
  if (sequence > 0) return { status: 'continue', position: checkpoint, sequence };
  return { status: 'continue', position: await store.earlier(checkpoint, refill), sequence };
}

/** Whether the log holds the message's event, at the place that the message names. */
async function isRecorded(store: EventStore, position: bigint, message: StoredMsg): Promise<boolean> {
  const { subject: stream, streamrevision } = message.json<CloudEvent>();
  for await (const event of store.read(stream, streamrevision)) {
    return event.position === position && event.id === message.header.get(MESSAGE_ID);
  }
  return false;
}

async function lastMessage(manager: JetStreamManager): Promise<StoredMsg | undefined> {
  try {
    const message = await manager.streams.getMessage(names.events, { last_by_subj: subjects.allEvents });
    return message ?? undefined;
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === NO_MESSAGE_FOUND) return undefined;
    throw error;
  }
}
