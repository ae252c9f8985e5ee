import { isUtf8 } from 'node:buffer';
import { LIMITS, nestedDeeperThan } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';
import type { Deserializer, Serializer } from '@nestjs/microservices';
import type { Msg } from '@nats-io/transport-node';

/** Stands in for a body that cannot be read; the handler answers why instead of leaving the caller waiting. */
export class Unreadable {
  constructor(readonly refusal: Rejection) {}
}

/** Any NATS client can speak to us: the body is the command itself, without Nest's envelope. */
export class PlainJsonDeserializer implements Deserializer<Msg, unknown> {
  deserialize(message: Msg, options?: Record<string, unknown>) {
    const pattern = options?.['channel'];
    // Without a reply subject nobody waits: Nest takes what has no id for an event, and drops it.
    return { pattern, data: parse(message.data), id: message.reply ?? '' };
  }
}

function parse(bytes: Uint8Array): unknown {
  // Decoded without a look, it would be another text than was sent.
  if (!isUtf8(bytes)) return new Unreadable(new Rejection('invalid', { detail: 'The message is not UTF-8.' }, 400));
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  if (nestedDeeperThan(text, LIMITS.messageDepth)) {
    const limit = LIMITS.messageDepth;
    return new Unreadable(new Rejection('too_deep', { detail: `Nested deeper than ${limit} levels.`, limit }, 400));
  }
  try {
    return JSON.parse(text);
  } catch {
    return new Unreadable(new Rejection('invalid', { detail: 'The message is not JSON.' }, 400));
  }
}

export class PlainJsonSerializer implements Serializer<Record<string, unknown>, { data: string }> {
  serialize(packet: Record<string, unknown>) {
    return { data: JSON.stringify(packet['response'] ?? packet['err'] ?? null) };
  }
}
