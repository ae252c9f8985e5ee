import { newId } from '@agencyos/contracts';
import { appendOf } from '@agencyos/testing/facts';
import type { Append, EventStore, RecordedEvent } from '../event-store.js';

interface Sample {
  commandId?: string;
  digest?: string;
  /** How many events; default 1. */
  events?: number;
  data?: Record<string, unknown>;
}

/** One command's append to a stream. */
export function sampleAppend(stream: string, expectedRevision: number, sample: Sample = {}): Append {
  const { commandId = newId(), digest: commandDigest = 'sha256:one', events = 1, data = {} } = sample;
  const facts = Array.from({ length: events }, (_, n) => ({ type: 'SampleRecorded', data: { n, ...data } }));
  return appendOf(stream, facts, { after: expectedRevision + 1, commandId, commandDigest, actor: 'service:kanban' });
}

/** Two commands of one stream in one append, of one event each. */
export function sharedAppend(stream: string, expectedRevision: number): Append {
  const first = sampleAppend(stream, expectedRevision);
  const second = sampleAppend(stream, expectedRevision + 1);
  return {
    stream,
    expectedRevision,
    events: [...first.events, ...second.events],
    commands: [...first.commands, ...second.commands],
  };
}

/** A stream that no other test uses. */
export const freshStream = (category = 'sample'): string => `${category}-${newId()}`;

export async function readStream(store: EventStore, stream: string, fromRevision?: number): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const event of store.read(stream, fromRevision)) events.push(event);
  return events;
}

/** Takes from a subscription until so many events came. */
export async function take(
  store: EventStore,
  count: number,
  { after = 0n, ...options }: { after?: bigint; categories?: string[]; batch?: number } = {},
): Promise<RecordedEvent[]> {
  const stop = new AbortController();
  const events: RecordedEvent[] = [];
  for await (const page of store.subscribe(after, { ...options, signal: stop.signal })) {
    events.push(...page.events);
    if (events.length >= count) stop.abort();
  }
  return events;
}
