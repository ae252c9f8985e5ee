import { jetstream as names, newId } from '@agencyos/contracts';
import type { EventStore, Logger, RecordedEvent } from '@agencyos/runtime';
import { isNotPermitted, pause, Standing } from '@agencyos/runtime';
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { Duplicate, NotAcknowledged } from './acknowledgement.js';
import { Publisher } from './publisher.js';
import type { RelayState } from './relay-state.js';
import { findResumePoint, holds } from './resume-point.js';
import { rolesIn } from './roles.js';
import { missingParts, provisionStreams, provisionTaskConsumer, recreateEvents, type StreamOptions } from './streams.js';
import { assertServerVersion } from './server-version.js';

export interface RelayOptions extends StreamOptions {
  installationId: string;
  /** How many events at most go into an EVENTS that was lost; all readers of ours have the log itself. */
  refill?: number;
  /** Told how many messages were passed over that are no events. */
  foreign?(messages: number): void;
  /** How often the streams are looked at; default 5,000. */
  watchMs?: number;
}

const REFILL = 500_000;
const CHECKPOINT_EVERY_MS = 250;
const WATCH_MS = 5_000;
const RETRY_MS = 200;
const REQUEST_TIMEOUT_MS = 2_000;
const FLUSH_TIMEOUT_MS = 1_000;
/** Away for so long is worth telling; a stream without a leader is away, too, however often and fast it refuses. */
const TELL_AFTER_MS = 10_000;

/**
 * Copies the log to the JetStream stream EVENTS: every event, in order, once. The log is the truth and EVENTS a
 * copy that may be lost: whatever happens to NATS, the relay makes the streams anew and continues after the last
 * event that EVENTS holds.
 */
export class Relay {
  private session?: AbortController;
  private readonly knownRoles = new Set<string>();
  private publisher?: Publisher;
  private standing = new Standing('publish');
  private awaySince: number | undefined;
  private toldAt = -Infinity;
  private idSuffix: string | undefined;

  constructor(
    private readonly store: EventStore,
    private readonly connection: NatsConnection,
    private readonly state: RelayState,
    private readonly logger: Logger,
    private readonly options: RelayOptions,
  ) {
    void this.watchConnection();
  }

  /** Position up to which EVENTS is known to hold the log; undefined while nothing can be published. */
  get position(): bigint | undefined {
    return this.publisher?.acknowledged;
  }

  /** Publishes until the signal aborts. Whoever calls it must be the only one among all replicas. */
  async run(signal: AbortSignal, standing = new Standing('publish')): Promise<void> {
    this.standing = standing;
    while (!signal.aborted) {
      const session = new AbortController();
      this.session = session;
      try {
        await this.publishLog(signal, session);
      } catch (error) {
        if (signal.aborted) return;
        await this.recover(error as Error);
        await pause(RETRY_MS * (0.5 + Math.random()), signal);
      } finally {
        this.publisher = undefined;
      }
    }
  }

  /** One session: ends, by throwing, with the first message that could not be stored. */
  private async publishLog(signal: AbortSignal, session: AbortController): Promise<void> {
    const stop = AbortSignal.any([signal, session.signal]);
    await untilConnected(this.connection, signal);
    if (signal.aborted) return;
    assertServerVersion(this.connection);
    const manager = await jetstreamManager(this.connection, { timeout: REQUEST_TIMEOUT_MS });
    const { position, sequence } = await this.provision(manager);
    const publisher = new Publisher(this.connection, {
      position,
      sequence,
      installationId: this.options.installationId,
      onFailure: (error) => session.abort(error),
      idSuffix: this.idSuffix,
      onProgress: (acknowledged) => this.goesOn(acknowledged),
    });
    this.standing.at(position);
    // With nothing to publish all is well again; else the first answer says so.
    if ((await this.store.head()) <= position) this.goesOn(position);
    this.publisher = publisher;
    this.logger.info({ position, sequence }, 'publishing');
    session.signal.addEventListener('abort', () => publisher.fail(session.signal.reason as Error));
    const checkpoints = this.keepCheckpoint(publisher, stop);
    void this.watchStreams(manager, session, stop);
    try {
      for await (const { events } of this.store.subscribe(position, { signal: stop })) {
        await this.learnRoles(manager, events);
        await publisher.publish(events);
      }
    } catch (error) {
      session.abort(error);
    }
    await publisher.settled();
    await checkpoints;
    publisher.close();
    session.signal.throwIfAborted();
  }

  /** @returns the last event and the last message of EVENTS */
  private async provision(manager: JetStreamManager): Promise<{ position: bigint; sequence: number }> {
    await provisionStreams(manager, this.options);
    this.knownRoles.clear();
    for (const role of await this.state.roles()) await this.addQueue(manager, role);
    const checkpoint = await this.state.checkpoint();
    const resume = () => findResumePoint(manager, this.store, checkpoint, this.options.refill ?? REFILL);
    let point = await resume();
    if (point.status === 'foreign') {
      this.logger.warn({}, 'EVENTS holds events of another log; making it anew');
      await recreateEvents(manager, this.options);
      point = await resume();
    }
    if (point.status === 'foreign') throw new Error('EVENTS is written by the relay of another log');
    const { position, sequence, passedOver } = point;
    if (passedOver > 0) {
      this.options.foreign?.(passedOver);
      this.logger.warn({ messages: passedOver, security: true }, 'EVENTS holds what is no event; passed over');
    }
    if (position < checkpoint) this.logger.warn({ position, checkpoint }, 'EVENTS lost messages; publishing again');
    return { position, sequence };
  }

  private async learnRoles(manager: JetStreamManager, events: readonly RecordedEvent[]): Promise<void> {
    for (const role of events.flatMap(rolesIn)) {
      if (this.knownRoles.has(role)) continue;
      await this.state.addRole(role);
      await this.addQueue(manager, role);
    }
  }

  private async addQueue(manager: JetStreamManager, role: string): Promise<void> {
    await provisionTaskConsumer(manager, role);
    this.knownRoles.add(role);
  }

  /** Rarely and behind the acks: it matters only when EVENTS is lost, and a repeat is absorbed. */
  private async keepCheckpoint(publisher: Publisher, signal: AbortSignal): Promise<void> {
    let saved = publisher.acknowledged;
    for (let last = false; !last;) {
      await pause(CHECKPOINT_EVERY_MS, signal);
      last = signal.aborted;
      if (last) await publisher.settled();
      const { acknowledged } = publisher;
      if (acknowledged === saved) continue;
      try {
        await this.state.advance(acknowledged);
        saved = acknowledged;
      } catch (error) {
        this.logger.warn({ error: String(error) }, 'the checkpoint was not saved');
      }
    }
  }

  /** What somebody deleted or changed is made again by the next session: nobody publishes to TASKS and LOGS through us. */
  private async watchStreams(manager: JetStreamManager, session: AbortController, stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      await pause(this.options.watchMs ?? WATCH_MS, stop);
      if (stop.aborted) return;
      // Without an answer nothing is known; a connection that is lost ends the session by itself.
      const missing = await missingParts(manager, this.options, this.knownRoles).catch(() => []);
      if (missing.length > 0) session.abort(new Error(`${missing.join(', ')} is gone or was changed; making it again`));
    }
  }

  private goesOn(acknowledged: bigint): void {
    this.standing.at(acknowledged);
    if (this.awaySince === undefined) return;
    this.awaySince = undefined;
    this.standing.passes(names.events);
  }

  private async recover(error: Error): Promise<void> {
    if (error instanceof Duplicate) return this.nameAnew(error);
    const now = performance.now();
    this.awaySince ??= now;
    const lastsMs = now - this.awaySince;
    // What is not permitted will not be later: somebody has to grant it.
    if (lastsMs >= TELL_AFTER_MS || isNotPermitted(error)) this.standing.fails(names.events, lastsMs, error.message);
    if (error instanceof NotAcknowledged && error.full) {
      // Nobody of ours reads old events from EVENTS; others were told by the log line, not by a silent loss.
      this.logger.error({ stream: names.events }, 'EVENTS is full; removing the older half of it');
      await this.removeOlderHalf().catch((failure: unknown) => {
        this.logger.error({ error: String(failure) }, 'EVENTS could not be made smaller');
      });
      return;
    }
    if (now - this.toldAt < TELL_AFTER_MS) return;
    this.toldAt = now;
    this.logger.warn(
      { error: error.message, forMs: Math.round(lastsMs) },
      'publishing was interrupted; continuing after the last stored event',
    );
  }

  /** An id that is known belongs to a message that is there, and then all is well, or else needs another one. */
  private async nameAnew({ sequence, eventId, message }: Duplicate): Promise<void> {
    const manager = await jetstreamManager(this.connection, { timeout: REQUEST_TIMEOUT_MS }).catch(() => undefined);
    const held = await (manager && holds(manager, sequence, eventId).catch(() => undefined));
    this.logger.warn({ error: message, held }, 'an event was taken for one that is in EVENTS already');
    if (held === false) this.idSuffix = newId();
  }

  private async removeOlderHalf(): Promise<void> {
    const manager = await jetstreamManager(this.connection);
    const { state } = await manager.streams.info(names.events);
    await manager.streams.purge(names.events, { keep: Math.ceil(state.messages / 2) });
  }

  private async watchConnection(): Promise<void> {
    for await (const { type } of this.connection.status()) {
      if (type === 'disconnect') this.session?.abort(new Error('the connection to NATS was lost'));
    }
  }
}

/** A flush is answered once the connection stands again; it fails when the connection is lost meanwhile. */
async function untilConnected(connection: NatsConnection, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !connection.isClosed()) {
    const answered = connection.flush().then(
      () => true,
      () => false,
    );
    if (await Promise.race([answered, pause(FLUSH_TIMEOUT_MS, signal)])) return;
  }
}
