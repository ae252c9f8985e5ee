import { jetstream as names, subjects } from '@agencyos/contracts';
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
  refill: bigint,
): Promise<ResumePoint> {
  const { state } = await manager.streams.info(names.events);
  const sequence = state.last_seq;
  const last = state.messages > 0 ? await lastMessage(manager) : undefined;
  if (last) {
    const position = BigInt(last.header.get(POSITION) || 0);
    if (position < 1n || !(await isRecorded(store, position, last.header.get(MESSAGE_ID)))) {
      return { status: 'foreign' };
    }
    return { status: 'continue', position, sequence };
  }
  // Empty, but not new: everything in it became too old.
  if (sequence > 0) return { status: 'continue', position: checkpoint, sequence };
  return { status: 'continue', position: checkpoint > refill ? checkpoint - refill : 0n, sequence };
}

async function isRecorded(store: EventStore, position: bigint, eventId: string): Promise<boolean> {
  const { events } = await store.readAll(position - 1n, { limit: 1 });
  return events[0]?.position === position && events[0].id === eventId;
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
