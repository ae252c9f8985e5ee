import { ids, newId, type EventMetadata, type Fact } from '@agencyos/contracts';

/** What stands beside an event that a command of its own has caused. */
export function metadataOf({ commandId = newId(), ...given }: Partial<EventMetadata> = {}): EventMetadata {
  return {
    ...{ commandId, commandDigest: 'sha256:one', correlationId: commandId, causationId: commandId },
    ...{ actor: 'service:swarm', depth: 0, recordedAt: '2026-11-22T09:30:00.000Z' },
    ...given,
  };
}

/** One command's facts at the end of a stream, which has `after` of them, as its service appends them to the log. */
export function appendOf(
  stream: string,
  facts: readonly { type: string; data?: object }[],
  { after = 0, ...given }: { after?: number } & Partial<EventMetadata> = {},
) {
  const metadata = metadataOf(given);
  const { commandId, commandDigest: digest, actor: principal } = metadata;
  return {
    stream,
    expectedRevision: after - 1,
    events: facts.map(({ type, data = {} }, n) => ({
      ...{ id: ids.event(commandId, stream, n), type, schema: 1 },
      ...{ data: data as Record<string, unknown>, metadata },
    })),
    commands: [{ commandId, principal, digest, revision: after + facts.length - 1 }],
  };
}

/** A fact of the stream at a position of the log, as consumers get it. */
export function factAt(position: number, stream = `lamp-${position}`, given: Partial<Fact> = {}): Fact {
  const metadata = metadataOf({ correlationId: newId(), actor: 'service:house', depth: 3 });
  return {
    ...{ id: ids.event(metadata.commandId, stream, position), type: 'LampLit', schema: 1, context: 'house' },
    ...{ stream, revision: 0, position: String(position), data: { n: position }, metadata },
    ...given,
  };
}
