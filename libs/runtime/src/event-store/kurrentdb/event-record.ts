import type { EventMetadata } from '@agencyos/contracts';
import {
  type AllStreamResolvedEvent,
  jsonEvent,
  type JSONEventType,
  type ResolvedEvent,
} from '@kurrent/kurrentdb-client';
import type { NewEvent, RecordedEvent } from '../event-store.js';

/** Ours, the version of the schema, and what KurrentDB's own tools follow. */
type StoredMetadata = EventMetadata & { schema: number; $correlationId: string; $causationId: string };
type StoredEvent = JSONEventType<string, NewEvent['data'], StoredMetadata>;

export const toStored = ({ id, type, schema, data, metadata }: NewEvent) =>
  jsonEvent<StoredEvent>({
    id,
    type,
    data,
    metadata: {
      ...metadata,
      schema,
      $correlationId: metadata.correlationId,
      $causationId: metadata.causationId,
    },
  });

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
