import type { Msg } from '@nats-io/transport-node';

/** JetStream's answer to a stored message. */
export interface Acknowledgement {
  seq: number;
}

/**
 * The server remembers the message's id. That is no proof that it holds the message: it may have been removed since,
 * and without a majority nothing was ever stored (then the sequence is 0).
 */
export class Duplicate extends Error {
  override readonly name = 'Duplicate';
  constructor(
    /** Of the message that had this id first. */
    readonly sequence: number,
    readonly eventId: string,
  ) {
    super(`the server says that event ${eventId} is message ${sequence} already`);
  }
}

/** A message did not get into the stream. */
export class NotAcknowledged extends Error {
  override readonly name = 'NotAcknowledged';
  constructor(
    message: string,
    /** The stream is as large as it may be. */
    readonly full = false,
  ) {
    super(message);
  }
}

/** @throws NotAcknowledged */
export function readAcknowledgement(message: Msg): Acknowledgement {
  if (message.headers?.code === 503) throw new NotAcknowledged('nobody answers for the stream');
  const answer = message.json<{ seq?: number; error?: { description?: string } }>();
  if (answer.error || answer.seq === undefined) {
    const description = answer.error?.description ?? 'unknown answer';
    throw new NotAcknowledged(description, /maximum (bytes|messages) exceeded/.test(description));
  }
  return { seq: answer.seq };
}
