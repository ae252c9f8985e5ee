import { z } from 'zod';
import { Id, Int, MintedId, Principal, Time, UserRole } from './scalars.js';
import { windowAsked } from './windows.js';

export const LIMITS = {
  commandBytes: 256 * 1024,
  /** Of what anybody may send: signing in and the like. */
  publicBodyBytes: 4 * 1024,
  eventBytes: 64 * 1024,
  inlineJsonBytes: 16 * 1024,
  bodyBytes: 8 * 1024,
  textCharacters: 2_000,
  listItems: 500,
  eventsPerAppend: 500,
  commandsPerRequest: 100,
  requestBytes: 900 * 1024,
  contentBytes: 16 * 1024 * 1024,
  /** Files that one attempt of a task keeps, together. */
  attemptFilesBytes: 64 * 1024 * 1024,
  depth: 32,
  jsonDepth: 32,
  /** Of one message, with its commands around such JSON. */
  messageDepth: 64,
} as const;

/** What every recorded event carries beside its data. `position` is added by the store. */
export const EventMetadata = z.object({
  commandId: Id,
  /** SHA-256 of the command's RFC 8785 form. */
  commandDigest: z.string(),
  correlationId: z.string(),
  causationId: z.string(),
  actor: Principal,
  onBehalfOf: Principal.optional(),
  depth: Int,
  /** The database's clock at the command, never before the stream's last. */
  recordedAt: Time,
  traceparent: z.string().optional(),
  tracestate: z.string().optional(),
});
export type EventMetadata = z.infer<typeof EventMetadata>;

/** A recorded event as consumers see it. `position` is a bigint in decimal. */
export interface Fact<T extends string = string, D = Record<string, unknown>> {
  id: string;
  type: T;
  schema: number;
  context: string;
  stream: string;
  revision: number;
  position: string;
  data: D;
  metadata: EventMetadata;
}

/** One command on the wire (NATS request body: one of these, or a list of at most 100). Unknown fields are refused. */
export const CommandMessage = z.strictObject({
  id: MintedId,
  type: z.string().max(64),
  data: z.record(z.string(), z.unknown()),
  metadata: z
    .strictObject({
      correlationId: z.string().max(100).optional(),
      causationId: z.string().max(100).optional(),
      depth: Int.optional(),
      /** Only the gateway may state these four; for every other sender they follow from its credential. */
      actor: Principal.optional(),
      roles: z.array(UserRole).optional(),
      permissions: z.array(z.string()).optional(),
      stepUp: z.enum(['none', 'totp', 'passkey']).optional(),
      /** Only services. */
      onBehalfOf: Principal.optional(),
      traceparent: z.string().max(100).optional(),
      tracestate: z.string().max(512).optional(),
    })
    .optional(),
});
export type CommandMessage = z.infer<typeof CommandMessage>;

/** RFC 9457 problem document. Extensions (e.g. `allowed`, `present`, `outcome`) stand beside the named members. */
export const Problem = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string().optional(),
  field: z.string().optional(),
  limit: z.union([z.number(), z.string()]).optional(),
  correlationId: z.string().optional(),
});
export type Problem = z.infer<typeof Problem>;

export interface CommandReceipt {
  stream: string;
  revision: number;
  position: string;
}
/** Answer to one command, in the place of its command. */
export type CommandAnswer = ({ id: string } & CommandReceipt) | { id: string; problem: Problem };

/** CloudEvents 1.0, structured JSON: the published form of every event. */
export interface CloudEvent {
  specversion: '1.0';
  id: string;
  source: string;
  type: string;
  subject: string;
  time: string;
  datacontenttype: 'application/json';
  dataschema: string;
  streamrevision: number;
  position: string;
  correlationid: string;
  causationid: string;
  commandid: string;
  actor: string;
  onbehalfof?: string;
  depth: number;
  traceparent?: string;
  tracestate?: string;
  partitionkey: string;
  data: Record<string, unknown>;
}

export function toCloudEvent(fact: Fact, installationId: string): CloudEvent {
  const { metadata } = fact;
  return {
    specversion: '1.0',
    id: fact.id,
    source: `urn:agencyos:${installationId}:${fact.context}`,
    type: `agencyos.${fact.context}.${fact.type}`,
    subject: fact.stream,
    time: metadata.recordedAt,
    datacontenttype: 'application/json',
    dataschema: `urn:agencyos:schema:${fact.context}:${fact.type}:${fact.schema}`,
    streamrevision: fact.revision,
    position: fact.position,
    correlationid: metadata.correlationId,
    causationid: metadata.causationId,
    commandid: metadata.commandId,
    actor: metadata.actor,
    ...(metadata.onBehalfOf && { onbehalfof: metadata.onBehalfOf }),
    depth: metadata.depth,
    ...(metadata.traceparent && { traceparent: metadata.traceparent }),
    ...(metadata.tracestate && { tracestate: metadata.tracestate }),
    partitionkey: fact.stream,
    data: fact.data,
  };
}

/** Inverse of {@link toCloudEvent}; the command's digest is not published and reads as empty. */
export function fromCloudEvent(event: CloudEvent): Fact {
  const [, context = '', type = ''] = event.type.split('.');
  return {
    id: event.id,
    type,
    schema: Number(event.dataschema.split(':').at(-1)),
    context,
    stream: event.subject,
    revision: event.streamrevision,
    position: event.position,
    data: event.data,
    metadata: {
      commandId: event.commandid,
      commandDigest: '',
      correlationId: event.correlationid,
      causationId: event.causationid,
      actor: event.actor,
      ...(event.onbehalfof && { onBehalfOf: event.onbehalfof }),
      depth: event.depth,
      recordedAt: event.time,
      ...(event.traceparent && { traceparent: event.traceparent }),
      ...(event.tracestate && { tracestate: event.tracestate }),
    },
  };
}

/** One change of a view's row. */
export type ViewOp = { op: 'put'; key: string; value: unknown } | { op: 'del'; key: string };
/** Applied if `from` equals the reader's revision; revisions are log positions, so they grow but not by one. */
export interface ViewDelta {
  kind: string;
  id: string;
  epoch: string;
  from: number;
  to: number;
  ops: ViewOp[];
}
export interface ViewHead {
  kind: string;
  id: string;
  epoch: string;
  to: number;
  incompleteSince?: number;
}
/**
 * `incompleteSince`: log position of the first fact that could not be projected into it; the view lacks that one, and
 * may lack later ones, until it was built anew. `next` is set when more rows follow; ask again with it as `after`, then replay deltas from
 * `revision` of the first page.
 */
export interface ViewPage {
  kind: string;
  id: string;
  epoch: string;
  revision: number;
  incompleteSince?: number;
  rows: Record<string, unknown>;
  next?: string;
}
/** Without `window` the next page of all rows. */
export const ViewQuery = z.strictObject({
  id: z.string().max(200),
  after: z.string().max(400).optional(),
  window: z.strictObject(windowAsked).optional(),
});
