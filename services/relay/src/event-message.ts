import { describeEvent, parseStream, subjects, toCloudEvent } from '@agencyos/contracts';
import type { RecordedEvent } from '@agencyos/runtime';
import { headers, type MsgHdrs } from '@nats-io/transport-node';

/** JetStream takes a second message of the same id within two minutes for a repetition, also where the first is gone. */
export const MESSAGE_ID = 'Nats-Msg-Id';
/** Log position of the event. */
export const POSITION = 'Agencyos-Position';
/** Log position of the event published just before: whoever stands before that one has missed something. */
export const PREVIOUS = 'Agencyos-Previous';

/** What a header may hold. A recorded fact may hold anything, and is published all the same. */
const PRINTABLE = /^[\x20-\x7e]+$/;

export interface EventMessage {
  subject: string;
  body: string;
  headers: MsgHdrs;
}

/** The published form of an event. The context and aggregate of an unknown type are its stream's category. */
export function eventMessage(event: RecordedEvent, previous: bigint, installationId: string): EventMessage {
  const { category, id } = parseStream(event.stream);
  const { context, aggregate } = describeEvent(event.type) ?? { context: category, aggregate: category };
  const { position, ...recorded } = event;
  const { traceparent, tracestate } = event.metadata;
  const head = headers();
  head.set(MESSAGE_ID, event.id);
  head.set(POSITION, String(position));
  head.set(PREVIOUS, String(previous));
  if (traceparent && PRINTABLE.test(traceparent)) head.set('traceparent', traceparent);
  if (tracestate && PRINTABLE.test(tracestate)) head.set('tracestate', tracestate);
  return {
    subject: subjects.event(context, aggregate, event.type, id),
    body: JSON.stringify(toCloudEvent({ ...recorded, context, position: String(position) }, installationId)),
    headers: head,
  };
}
