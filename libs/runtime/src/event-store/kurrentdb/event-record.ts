import type { EventMetadata } from '@agencyos/contracts';
import { type AllStreamResolvedEvent, jsonEvent, type JSONEventType, type ResolvedEvent } from '@kurrent/kurrentdb-client';
import type { NewEvent, RecordedEvent } from '../event-store.js';
import type { SerialisedAppend } from '../serialised-append.js';

/** Ours, the version of the schema, and what KurrentDB's own tools follow. */
type StoredMetadata = EventMetadata & { schema: number; $correlationId: string; $causationId: string };
type StoredEvent = JSONEventType<string, NewEvent['data'], Uint8Array>;

const utf8 = new TextEncoder();

/** Metadata goes as the bytes that it is stored as: an object would take the client a detour through Base64. */
export function toStored({ events, texts }: SerialisedAppend) {
  return events.map(({ id, type, schema, data, metadata }, index) => {
    const { correlationId: $correlationId, causationId: $causationId } = metadata;
    const added: Omit<StoredMetadata, keyof EventMetadata> = { schema, $correlationId, $causationId };
    const stored = `${texts[index]!.metadata.slice(0, -1)},${JSON.stringify(added).slice(1)}`;
    return jsonEvent<StoredEvent>({ id, type, data, metadata: utf8.encode(stored) });
  });
}

/** Undefined for what is not ours: the server's own events, other programs' events. */
export function toRecorded({ event }: AllStreamResolvedEvent | ResolvedEvent): RecordedEvent | undefined {
  if (!event?.isJson || !event.position || !isStored(event.metadata)) return undefined;
  const { schema, $correlationId: _correlation, $causationId: _causation, ...metadata } = event.metadata;
  return {
    id: event.id,
    type: event.type,
    schema,
    data: event.data as NewEvent['data'],
    metadata,
    stream: event.streamId,
    revision: Number(event.revision),
    position: event.position.commit,
  };
}

const isStored = (metadata: unknown): metadata is StoredMetadata =>
  typeof metadata === 'object' && metadata !== null && 'commandId' in metadata && 'schema' in metadata;
