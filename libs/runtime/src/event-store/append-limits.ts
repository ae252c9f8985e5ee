import { LIMITS } from '@agencyos/contracts';
import { EventTooLarge, InvalidAppend } from './event-store.js';
import type { SerialisedAppend } from './serialised-append.js';

const APPEND_BYTES = 1024 * 1024;
const STREAM = /^[a-z][A-Za-z0-9_]*-[^\s\0]{1,300}$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const ANY_UUID = new RegExp(UUID.source, 'i');

/** What an event takes beside its data and metadata. */
const HEAD_BYTES = 100;

/**
 * Checks an append against the rules of the port and returns about its size in bytes (of the events' JSON).
 * @throws InvalidAppend, EventTooLarge
 */
export function checkAppend({ stream, expectedRevision, events, commands, texts }: SerialisedAppend): number {
  if (!STREAM.test(stream)) throw new InvalidAppend(`"${stream}" is not a stream name <category>-<id>`);
  if (!Number.isSafeInteger(expectedRevision) || expectedRevision < -1) {
    throw new InvalidAppend(`expected revision ${expectedRevision} is not an integer ≥ -1`);
  }
  if (events.length === 0) throw new InvalidAppend('an append needs at least one event');
  if (events.length > LIMITS.eventsPerAppend) {
    throw new EventTooLarge(
      `${events.length} events in one append, at most ${LIMITS.eventsPerAppend}`,
      events.length,
      LIMITS.eventsPerAppend,
    );
  }
  const last = expectedRevision + events.length;
  for (const { commandId, revision } of commands) {
    if (!ANY_UUID.test(commandId)) throw new InvalidAppend(`the command's id "${commandId}" is not a UUID`);
    if (revision <= expectedRevision || revision > last) {
      throw new InvalidAppend(`command ${commandId} ends at revision ${revision}, outside of its append`);
    }
  }
  let total = 0;
  for (const [index, event] of events.entries()) {
    if (!UUID.test(event.id)) throw new InvalidAppend(`the event's id "${event.id}" is not a UUID in lower case`);
    const { data, metadata } = texts[index]!;
    const bytes = Buffer.byteLength(data) + Buffer.byteLength(metadata) + HEAD_BYTES;
    if (bytes > LIMITS.eventBytes) {
      throw new EventTooLarge(`event ${event.type} has ${bytes} bytes, at most ${LIMITS.eventBytes}`, bytes, LIMITS.eventBytes);
    }
    total += bytes;
  }
  if (total > APPEND_BYTES) {
    throw new EventTooLarge(`the append has ${total} bytes, at most ${APPEND_BYTES}`, total, APPEND_BYTES);
  }
  return total;
}
