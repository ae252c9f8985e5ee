import { readFileSync } from 'node:fs';
import { connect, type ConnectionOptions } from '@nats-io/transport-node';
import { nkeyAuthenticator, type Msg, type MsgHdrs, type NatsConnection, type Subscription } from '@nats-io/transport-node';
import { assertLimited } from '@agencyos/contracts';
import type { RuntimeConfig } from '../config.js';
import { describeError, pause } from '../background.js';
import type { Logger } from '../logger.js';

/** How every connection of a service is made: own key, own inbox prefix, reconnecting for ever with jitter. */
export function natsOptions(config: Pick<RuntimeConfig, 'name' | 'natsUrl' | 'nkeyFile'>): ConnectionOptions {
  return {
    servers: config.natsUrl.split(','),
    name: config.name,
    inboxPrefix: `_INBOX_${config.name}`,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    reconnectJitter: 250,
    waitOnFirstConnect: true,
    // On a busy machine a server may refuse twice in a row who signs in too slowly: no reason to be deaf for good.
    ignoreAuthErrorAbort: true,
    pingInterval: 5_000,
    maxPingOut: 2,
    ...(config.nkeyFile && { authenticator: nkeyAuthenticator(readSeed(config.nkeyFile)) }),
  };
}

const SAY_AFTER_MS = 2_000;

/** The first connection is tried for ever, without a word of why: so it is asked for apart, and each reason is said once. */
async function sayingWhy<T>(config: RuntimeConfig, logger: Logger, connecting: Promise<T>): Promise<T> {
  const settled = new AbortController();
  void sayWhy(config, logger, settled.signal);
  return connecting.finally(() => settled.abort());
}

/** One question at a time: where nothing answers, each lasts longer than the pause. */
async function sayWhy(config: RuntimeConfig, logger: Logger, settled: AbortSignal): Promise<void> {
  const once = { ...natsOptions(config), waitOnFirstConnect: false, reconnect: false };
  let said = '';
  for (;;) {
    await pause(SAY_AFTER_MS, settled);
    if (settled.aborted) return;
    await connect(once)
      .then((connection) => connection.close())
      .catch((error: unknown) => {
        const { message } = describeError(error);
        if (message !== said && !settled.aborted) logger.warn({ error: message }, 'waiting for NATS');
        said = message;
      });
  }
}

async function closed(connection: NatsConnection, error: unknown): Promise<never> {
  await connection.close();
  throw error;
}

function readSeed(file: string): Uint8Array {
  return new TextEncoder().encode(readFileSync(file, 'utf8').trim());
}

/** A message is larger than the NATS server takes. */
export class MessageTooLarge extends Error {
  override name = 'MessageTooLarge';

  constructor(subject: string, bytes: number, limit: number) {
    super(
      `the message to ${subject} has ${bytes} bytes, at most ${limit}: put its content into the content store and send the digest`,
    );
  }
}

/** The service's NATS connection: plain JSON, no envelope. */
export class Bus {
  private connectedNow = true;
  private readonly reconnected = new Set<() => void>();

  private constructor(
    readonly connection: NatsConnection,
    private readonly logger: Logger,
  ) {
    void this.watch();
  }

  /** @throws NotLimited where that is looked at */
  static async connect(config: RuntimeConfig, logger: Logger): Promise<Bus> {
    const connection = await sayingWhy(config, logger, connect(natsOptions(config)));
    if (config.natsProbe) await assertLimited(connection, config.name).catch((error) => closed(connection, error));
    return new Bus(connection, logger);
  }

  get connected(): boolean {
    return this.connectedNow;
  }

  /** Called after every reconnect: what was published meanwhile may be lost. */
  onReconnect(listener: () => void): () => void {
    this.reconnected.add(listener);
    return () => this.reconnected.delete(listener);
  }

  /** @throws MessageTooLarge */
  publish(subject: string, body: unknown, headers?: MsgHdrs): void {
    if (this.connection.isClosed()) return;
    this.connection.publish(subject, this.fitting(subject, JSON.stringify(body)), headers ? { headers } : undefined);
  }

  /** @throws MessageTooLarge, or when nobody answers within `timeoutMs` or nobody listens. */
  request<T>(subject: string, body: unknown, timeoutMs: number): Promise<T> {
    return this.requestJson(subject, JSON.stringify(body), timeoutMs);
  }

  /** {@link request} with a body that is JSON already. */
  async requestJson<T>(subject: string, json: string, timeoutMs: number): Promise<T> {
    const answer = await this.connection.request(subject, this.fitting(subject, json), { timeout: timeoutMs });
    return answer.json<T>();
  }

  /** Handler errors are logged, never fatal. Returns the subscription; it survives reconnects. */
  subscribe(subject: string, handle: (message: Msg) => void, queue?: string): Subscription {
    return this.connection.subscribe(subject, {
      ...(queue && { queue }),
      callback: (error, message) => {
        if (error) return this.logger.error({ subject, error: describeError(error) }, 'subscription failed');
        try {
          handle(message);
        } catch (failure) {
          this.logger.warn({ subject: message.subject, error: describeError(failure) }, 'message was not understood');
        }
      },
    });
  }

  async close(): Promise<void> {
    if (!this.connection.isClosed()) await this.connection.drain().catch(() => this.connection.close());
  }

  private fitting(subject: string, json: string): string {
    const limit = this.connection.info?.max_payload ?? Number.POSITIVE_INFINITY;
    const bytes = Buffer.byteLength(json);
    if (bytes > limit) throw new MessageTooLarge(subject, bytes, limit);
    return json;
  }

  private async watch(): Promise<void> {
    for await (const status of this.connection.status()) {
      if (status.type === 'disconnect') {
        this.connectedNow = false;
        this.logger.warn({}, 'NATS is away');
      } else if (status.type === 'reconnect') {
        this.connectedNow = true;
        this.logger.info({}, 'NATS is back');
        for (const listener of this.reconnected) listener();
      } else if (status.type === 'error') {
        this.logger.error({ security: true, error: describeError(status.error) }, 'NATS refused something');
      }
    }
  }
}
