import type { Deserializer, Serializer } from '@nestjs/microservices';
import type { Msg } from '@nats-io/transport-node';

/** Stands in for a body that is not JSON; the handler answers it with `invalid` instead of leaving the caller waiting. */
export const NOT_JSON = Symbol('not JSON');

/** Any NATS client can speak to us: the body is the command itself, without Nest's envelope. */
export class PlainJsonDeserializer implements Deserializer<Msg, unknown> {
  deserialize(message: Msg, options?: Record<string, unknown>) {
    const pattern = options?.['channel'];
    // Without a reply subject nobody waits: Nest takes what has no id for an event, and drops it.
    return { pattern, data: parse(message), id: message.reply ?? '' };
  }
}

function parse(message: Msg): unknown {
  try {
    return message.json();
  } catch {
    return NOT_JSON;
  }
}

export class PlainJsonSerializer implements Serializer<Record<string, unknown>, { data: string }> {
  serialize(packet: Record<string, unknown>) {
    return { data: JSON.stringify(packet['response'] ?? packet['err'] ?? null) };
  }
}
