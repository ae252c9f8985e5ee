import { jetstream as names } from '@agencyos/contracts';
import type { RecordedEvent } from '@agencyos/runtime';
import { createInbox, type Msg, type NatsConnection, type Subscription } from '@nats-io/transport-node';
import { eventMessage, MESSAGE_ID } from './event-message.js';
import { type Acknowledgement, Duplicate, NotAcknowledged, readAcknowledgement } from './acknowledgement.js';

const IN_FLIGHT = 500;
const ACK_TIMEOUT_MS = 5_000;
const WATCH_MS = 500;

export interface PublisherOptions {
  /** Position of the last event in EVENTS. */
  position: bigint;
  /** Sequence of the last message in EVENTS. */
  sequence: number;
  installationId: string;
  /** Makes ids of messages that the server has not seen, where those it has seen belong to messages that are gone. */
  idSuffix?: string | undefined;
  /** Called once, at the first message that was not stored; none is published after that. */
  onFailure(error: Error): void;
  /** Everything up to here is stored. */
  onProgress?(position: bigint): void;
}

/**
 * Publishes events in log order with many acks outstanding. Each message names the sequence and the message it must follow,
 * so nothing is ever stored after a gap: not when one message is lost, not when a relay that was replaced wakes up.
 *
 * It reads the acks itself instead of making a request of each message: a timer and an error's stack for every
 * request would cost more than the publishing.
 */
export class Publisher {
  /** Everything up to here is stored in EVENTS. */
  acknowledged: bigint;
  private previous: bigint;
  private sequence: number;
  /** Of the message sent just before in this session. */
  private previousId?: string;
  private readonly inbox = createInbox('_INBOX_relay');
  private readonly acks: Subscription;
  private readonly watch: NodeJS.Timeout;
  /** Events in flight by the sequence each expects to get, oldest first. */
  private readonly inFlight = new Map<number, { position: bigint; eventId: string }>();
  private lastAckAt = performance.now();
  private wake?: () => void;
  private failure?: Error;

  constructor(
    private readonly connection: NatsConnection,
    private readonly options: PublisherOptions,
  ) {
    this.acknowledged = this.previous = options.position;
    this.sequence = options.sequence;
    this.acks = connection.subscribe(`${this.inbox}.*`, {
      callback: (error, message) => (error ? this.fail(error) : this.acknowledge(message)),
    });
    this.watch = setInterval(() => this.checkSilence(), WATCH_MS);
    this.watch.unref();
  }

  /**
   * Sends as many of these as may be in flight, waits for half of them, sends on: what is sent between two waits
   * leaves in one write.
   * Returns early after a failure.
   */
  async publish(events: readonly RecordedEvent[]): Promise<void> {
    for (const event of events) {
      if (this.inFlight.size >= IN_FLIGHT) await this.untilAtMost(IN_FLIGHT / 2);
      if (this.failure) return;
      this.send(event);
    }
  }

  /** Resolves when nothing is in flight any more, or what is will not be stored. */
  settled(): Promise<void> {
    return this.untilAtMost(0);
  }

  /** Publishes nothing more and waits for no ack. */
  fail(error: Error): void {
    if (this.failure) return;
    this.failure = error;
    this.close();
    this.options.onFailure(error);
    this.wake?.();
  }

  close(): void {
    clearInterval(this.watch);
    if (!this.connection.isClosed()) this.acks.unsubscribe();
  }

  private send(event: RecordedEvent): void {
    const { subject, body, headers } = eventMessage(event, this.previous, this.options.installationId);
    if (this.options.idSuffix) headers.set(MESSAGE_ID, `${event.id}/${this.options.idSuffix}`);
    headers.set('Nats-Expected-Stream', names.events);
    headers.set('Nats-Expected-Last-Sequence', String(this.sequence));
    // By sequence alone the next one would fit after a message of somebody else's that took this one's place.
    if (this.previousId) headers.set('Nats-Expected-Last-Msg-Id', this.previousId);
    this.previousId = headers.get(MESSAGE_ID);
    if (this.inFlight.size === 0) this.lastAckAt = performance.now();
    this.sequence++;
    this.inFlight.set(this.sequence, { position: event.position, eventId: event.id });
    this.previous = event.position;
    this.connection.publish(subject, body, { headers, reply: `${this.inbox}.${this.sequence}` });
  }

  private acknowledge(message: Msg): void {
    const expected = Number(message.subject.slice(this.inbox.length + 1));
    const sent = this.inFlight.get(expected);
    if (!sent) return;
    let answer: Acknowledgement;
    try {
      answer = readAcknowledgement(message);
    } catch (error) {
      return this.fail(error as Error);
    }
    this.inFlight.delete(expected);
    this.lastAckAt = performance.now();
    // It is under another sequence, or nowhere; in any case those expected by its successors are wrong.
    if (answer.seq !== expected) return this.fail(new Duplicate(answer.seq, sent.eventId));
    const { position } = sent;
    if (position > this.acknowledged) this.acknowledged = position;
    this.options.onProgress?.(this.acknowledged);
    this.wake?.();
  }

  private checkSilence(): void {
    if (this.inFlight.size === 0 || performance.now() - this.lastAckAt < ACK_TIMEOUT_MS) return;
    this.fail(new NotAcknowledged(`no answer from ${names.events} within ${ACK_TIMEOUT_MS} ms`));
  }

  private async untilAtMost(count: number): Promise<void> {
    while (this.inFlight.size > count && !this.failure) await this.change();
  }

  private change(): Promise<void> {
    return new Promise((resolve) => {
      const before = this.wake;
      this.wake = () => {
        this.wake = undefined;
        before?.();
        resolve();
      };
    });
  }
}
