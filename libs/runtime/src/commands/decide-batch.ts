import { ids, LIMITS, type EventMetadata } from '@agencyos/contracts';
import type { Command } from '@agencyos/decider';
import type { DatabaseClock } from '../event-store/database-clock.js';
import type { NewEvent } from '../event-store/event-store.js';
import type { AnyAggregate } from '../service-definition.js';
import type { TraceContext } from '../telemetry.js';
import { asRead, asWritten, type WrittenFact } from './as-written.js';
import type { Correlation, KnownCommand, StreamState } from './stream-state.js';

type AnyCommand = Command<{ type: string; data: Record<string, unknown> }>;

/** A command that waits for its answer. */
export interface Pending {
  command: AnyCommand;
  digest: string;
  trace: TraceContext;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

export interface Answer {
  stream: string;
  revision: number;
  position: bigint;
  /** The command had been answered before. */
  repeated: boolean;
}

export interface Decided {
  pending: Pending;
  events: NewEvent[];
}

/** What a batch of commands comes to on one state of their stream. */
export interface Decisions {
  decided: Decided[];
  refused: { pending: Pending; error: unknown }[];
  /** Nothing to do. */
  unchanged: Pending[];
  repeated: { pending: Pending; known: KnownCommand }[];
  /** These did not fit into the append. */
  later: Pending[];
  /** What the stream comes to when everything decided is recorded. */
  state: unknown;
}

/** Streams that are one life: every event keeps the correlation and depth of the first. */
const LIFE_CYCLES = new Set(['run', 'approval', 'decision', 'incident', 'repair', 'drill']);
/** Commands share an append only as far as it stays well below the store's 1 MiB. */
const SHARED_APPEND_BYTES = 768 * 1024;
/** What an event has beside its type and data, generously. */
const METADATA_BYTES = 1_024;

/**
 * Decides commands one after another, each on the state that the ones before it lead to.
 * @param level up to which events are written: what came later is left out, or the command refused
 */
export async function decideBatch(
  batch: readonly Pending[],
  stream: StreamState,
  aggregate: AnyAggregate,
  clock: DatabaseClock,
  level: number,
): Promise<Decisions> {
  const decisions: Decisions = { decided: [], refused: [], unchanged: [], repeated: [], later: [], state: stream.state };
  let { revision, correlation } = stream;
  let count = 0;
  let bytes = 0;
  for (const [index, pending] of batch.entries()) {
    const known = stream.command(pending.command.metadata.commandId);
    if (known) {
      decisions.repeated.push({ pending, known });
      continue;
    }
    const now = later(clock.now(), stream.recordedAt);
    const command: AnyCommand = { ...pending.command, metadata: { ...pending.command.metadata, now, level } };
    let facts: WrittenFact[];
    try {
      if (aggregate.prepare) command.prepared = await aggregate.prepare(command, decisions.state);
      const decided = aggregate.decider.decide(command, decisions.state) as { type: string; data: unknown }[];
      facts = decided.map((event) => asWritten(aggregate.events, event, level));
    } catch (error) {
      decisions.refused.push({ pending, error });
      continue;
    }
    if (facts.length === 0) {
      decisions.unchanged.push(pending);
      continue;
    }
    const size = facts.reduce((sum, { bytes }) => sum + bytes + METADATA_BYTES, 0);
    const tooMany = count + facts.length > LIMITS.eventsPerAppend || bytes + size > SHARED_APPEND_BYTES;
    if (count > 0 && tooMany) {
      decisions.later = batch.slice(index);
      break;
    }
    bytes += size;
    count += facts.length;
    const metadata = metadataOf(pending, command, LIFE_CYCLES.has(aggregate.category) ? correlation : undefined);
    correlation ??= { correlationId: metadata.correlationId, depth: metadata.depth };
    const events: NewEvent[] = [];
    for (const [n, fact] of facts.entries()) {
      revision += 1;
      const { type, schema, data } = fact;
      decisions.state = aggregate.decider.evolve(
        decisions.state,
        { type, data: asRead(aggregate.events, fact) },
        { revision, recordedAt: now, actor: metadata.actor },
      );
      events.push({ id: ids.event(command.metadata.commandId, stream.stream, n), type, schema, data, metadata });
    }
    decisions.decided.push({ pending, events });
  }
  return decisions;
}

/** @param stream whose correlation and depth the event takes over; else its command's */
function metadataOf(pending: Pending, { metadata }: AnyCommand, stream: Correlation | undefined): EventMetadata {
  const { correlationId, depth } = stream ?? metadata;
  const { traceparent, tracestate } = pending.trace;
  return {
    commandId: metadata.commandId,
    commandDigest: pending.digest,
    correlationId,
    causationId: metadata.causationId,
    actor: metadata.actor,
    ...(metadata.onBehalfOf && { onBehalfOf: metadata.onBehalfOf }),
    depth,
    recordedAt: metadata.now,
    ...(traceparent && { traceparent }),
    ...(tracestate && { tracestate }),
  };
}

const later = (now: string, before: string): string => (now > before ? now : before);
