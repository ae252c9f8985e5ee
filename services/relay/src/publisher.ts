import { jetstream as names } from '@agencyos/contracts';
import type { RecordedEvent } from '@agencyos/runtime';
import type { JetStreamClient } from '@nats-io/jetstream';
import { eventMessage } from './event-message.js';

const IN_FLIGHT = 500;
const ACK_TIMEOUT_MS = 5_000;

/**
 * Publishes events in log order with many acks outstanding. Each message names the sequence it must follow, so
 * nothing is ever stored after a gap: not when one message is lost, not when a relay that was replaced wakes up.
 */
export class Publisher {
  /** Everything up to here is stored in EVENTS. */
  acknowledged: bigint;
  private previous: bigint;
  private inFlight = 0;
  private changed?: () => void;
  private failure?: Error;

  /**
   * @param position of the last event in EVENTS
   * @param sequence of the last message in EVENTS
   * @param onFailure called once, at the first message that was not stored; none is published after that
   */
  constructor(
    private readonly client: JetStreamClient,
    position: bigint,
    private sequence: number,
    private readonly installationId: string,
    private readonly onFailure: (error: Error) => void,
  ) {
    this.acknowledged = position;
    this.previous = position;
  }

  /** Resolves when the event is on its way; waits while 500 are. */
  async publish(event: RecordedEvent): Promise<void> {
    while (this.inFlight >= IN_FLIGHT && !this.failure) await this.change();
    if (this.failure) return;
    const message = eventMessage(event, this.previous, this.installationId);
    const lastSequence = this.sequence++;
    this.previous = event.position;
    this.inFlight++;
    this.client
      .publish(message.subject, message.body, {
        msgID: event.id,
        headers: message.headers,
        expect: { streamName: names.events, lastSequence },
        timeout: ACK_TIMEOUT_MS,
      })
      .then(
        ({ duplicate }) => {
          if (event.position > this.acknowledged) this.acknowledged = event.position;
          // It was there already, hence the expected sequences are wrong from here on.
          if (duplicate) this.fail(new Error(`event ${event.id} was in EVENTS already`));
        },
        (error: Error) => this.fail(error),
      )
      .finally(() => {
        this.inFlight--;
        this.changed?.();
      });
  }

  /** Resolves when nothing is in flight any more, or what is will not be stored. */
  async settled(): Promise<void> {
    while (this.inFlight > 0 && !this.failure) await this.change();
  }

  /** Publishes nothing more and waits for no ack. */
  fail(error: Error): void {
    if (this.failure) return;
    this.failure = error;
    this.changed?.();
    this.onFailure(error);
  }

  private change(): Promise<void> {
    return new Promise((resolve) => {
      const before = this.changed;
      this.changed = () => {
        this.changed = undefined;
        before?.();
        resolve();
      };
    });
  }
}
