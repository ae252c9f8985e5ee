import { ServerNats, type NatsContext } from '@nestjs/microservices';
import type { Msg, NatsConnection, Subscription, SubscriptionOptions } from '@nats-io/transport-node';
import { pause } from '../background.js';
import type { Logger as ServiceLogger } from '../logger.js';
import { isOwnInbox } from '../messaging/own-inbox.js';
import { SenderShare } from '../messaging/sender-share.js';
import { within } from '../within.js';

const CONFIRMED_WITHIN_MS = 1_000;
/** What takes longer waits for a server that is away; who asked asks again. */
const ANSWERED_WITHIN_MS = 1_500;
const LOOK_MS = 10;
/** Hundreds of results with long outputs, and a small part of what a process reads in a second. */
const AGENT_BYTES_A_SECOND = 8 * 1024 * 1024;

/**
 * Nest's NATS server says that it listens before NATS knows. When it stops, what is on its way to it gets no answer
 * although another replica could have given one, and what it has in hand only if that takes no longer than a fixed time.
 * This one waits until NATS has confirmed, and until everything is answered. And it answers nobody but who has asked.
 */
export class CarefulServerNats extends ServerNats {
  private client: NatsConnection | undefined;
  private readonly listening: Subscription[] = [];
  private readonly inHand = new Set<Msg>();
  private readonly share = new SenderShare(AGENT_BYTES_A_SECOND);

  constructor(
    options: ConstructorParameters<typeof ServerNats>[0],
    private readonly log: ServiceLogger,
  ) {
    super(options);
  }

  override async createNatsClient(): Promise<NatsConnection> {
    return (this.client = (await super.createNatsClient()) as NatsConnection);
  }

  override start(callback: () => void): void {
    super.start(() => void confirmed(this.client!.flush()).then(() => callback()));
  }

  override bindEvents(client: NatsConnection): void {
    super.bindEvents({
      subscribe: (subject: string, options: SubscriptionOptions) => {
        const subscription = client.subscribe(subject, options);
        this.listening.push(subscription);
        return subscription;
      },
    });
  }

  override async handleMessage(channel: string, message: Msg): Promise<void> {
    const { subject, reply } = message;
    if (this.isTooMuch(message)) return;
    if (!reply || isOwnInbox(subject, reply)) return super.handleMessage(channel, message);
    this.log.warn(
      { subject, reply, security: true },
      'a request wants its answer put elsewhere than into its own inbox; dropped',
    );
  }

  /** Reading costs, too: what is beyond an agent's share has no answer, and who waits for one sends it again. */
  private isTooMuch({ subject, data }: Msg): boolean {
    const sender = subject.split('.').at(-1)!;
    return sender.startsWith('agent_') && !this.share.take(sender, data.byteLength, performance.now());
  }

  override getPublisher(message: Msg, id: string, context: NatsContext): (response: unknown) => unknown {
    const publish = super.getPublisher(message, id, context) as (response: unknown) => unknown;
    this.inHand.add(message);
    return (response) => {
      this.inHand.delete(message);
      return publish(response);
    };
  }

  override async close(): Promise<void> {
    // While NATS is away nobody gets an answer.
    if (await confirmed(Promise.all(this.listening.map((subscription) => subscription.drain())))) {
      const deadline = performance.now() + ANSWERED_WITHIN_MS;
      do await pause(LOOK_MS);
      while (this.inHand.size > 0 && performance.now() < deadline);
      if (this.client) await confirmed(this.client.flush());
    }
    await super.close();
  }
}

/** A server that is away confirms nothing. */
const confirmed = (answer: Promise<unknown>): Promise<boolean> =>
  within(CONFIRMED_WITHIN_MS, 'NATS', answer).then(
    () => true,
    () => false,
  );
