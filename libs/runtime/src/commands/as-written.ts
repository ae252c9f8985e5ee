import { upcastOf, writtenAt, type EventSet, type WrittenEvent } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';

/** An event that was decided, as it will be recorded. */
export interface WrittenFact extends WrittenEvent {
  type: string;
  /** Of its data as JSON, at most. */
  bytes: number;
}

type EventsOf = Pick<EventSet, 'versions' | 'since'>;

/**
 * As it will be read from the log: what JSON leaves out must not count before that either, nor what is not written yet.
 * @throws Rejection where the version before had no such event: its replicas could not go on
 */
export function asWritten(events: EventsOf, { type, data }: { type: string; data: unknown }, level: number): WrittenFact {
  const text = JSON.stringify(data);
  const written = writtenAt(events, { type, data: JSON.parse(text) as WrittenEvent['data'] }, level);
  if (!written) throw notYet(type, events.since[type]![1]!.level, level);
  return { type, schema: written.schema, data: written.data, bytes: Buffer.byteLength(text) };
}

function notYet(type: string, level: number, written: number): Rejection {
  const detail = `It leads to ${type}, which is written from level ${level} on, and level ${written} is: \`agencyos upgrade\` says what it waits for.`;
  return new Rejection('not_offered', { detail, level });
}

/** What folds see of it. */
export function asRead(events: EventSet, { type, schema, data }: WrittenFact): WrittenEvent['data'] {
  return schema === (events.versions[type] ?? 1) ? data : upcastOf([events])({ type, schema, data }).data;
}
