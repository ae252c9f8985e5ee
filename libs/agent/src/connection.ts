import { readFileSync } from 'node:fs';
import { connect, nkeyAuthenticator, type NatsConnection } from '@nats-io/transport-node';
import { agentSender, assertLimited } from '@agencyos/contracts';
import type { AgentLogger } from './agent-options.js';

export interface ConnectionSettings {
  agentId: string;
  natsUrl: string;
  nkeyFile?: string;
  /** See {@link AgentOptions}. */
  natsProbe?: boolean;
  logger: AgentLogger;
}

/** An agent's NATS connection: its own nkey and inbox prefix, reconnecting for ever with jitter. */
export class AgentConnection {
  private connectedNow = true;

  private constructor(
    readonly nats: NatsConnection,
    readonly inboxPrefix: string,
    private readonly logger: AgentLogger,
  ) {
    void this.watch();
  }

  /** @throws NotLimited where that is looked at */
  static async open({ agentId, natsUrl, nkeyFile, natsProbe, logger }: ConnectionSettings): Promise<AgentConnection> {
    const inboxPrefix = `_INBOX_${agentSender(agentId)}`;
    const nats = await connect({
      servers: natsUrl.split(','),
      name: agentSender(agentId),
      inboxPrefix,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 250,
      reconnectJitter: 500,
      waitOnFirstConnect: true,
      // A server that has just been set up anew may not know the key yet: that is no reason to give up.
      ignoreAuthErrorAbort: true,
      pingInterval: 5_000,
      maxPingOut: 2,
      ...(nkeyFile && {
        authenticator: nkeyAuthenticator(new TextEncoder().encode(readFileSync(nkeyFile, 'utf8').trim())),
      }),
    });
    if (natsProbe) {
      await assertLimited(nats, agentSender(agentId)).catch(async (error) => {
        await nats.close();
        throw error;
      });
    }
    return new AgentConnection(nats, inboxPrefix, logger);
  }

  /** False while the client reconnects. What is published then would reach the server late, so better not. */
  get connected(): boolean {
    return this.connectedNow && !this.nats.isClosed();
  }

  publish(subject: string, body: unknown): void {
    if (this.connected) this.nats.publish(subject, JSON.stringify(body));
  }

  /** @throws when nobody listens, or nobody answers in time. */
  request(subject: string, body: unknown, timeoutMs: number): Promise<unknown> {
    return this.requestJson(subject, JSON.stringify(body), timeoutMs);
  }

  /** {@link request} with a body that is JSON already. */
  async requestJson(subject: string, json: string, timeoutMs: number): Promise<unknown> {
    const answer = await this.nats.request(subject, json, { timeout: timeoutMs });
    return answer.json();
  }

  async close(): Promise<void> {
    if (!this.nats.isClosed()) await this.nats.close();
  }

  private async watch(): Promise<void> {
    for await (const status of this.nats.status()) {
      if (status.type === 'disconnect') {
        this.connectedNow = false;
        this.logger.warn({ server: status.server }, 'disconnected from NATS');
      } else if (status.type === 'reconnect') {
        this.connectedNow = true;
        this.logger.info({ server: status.server }, 'reconnected to NATS');
      } else if (status.type === 'error') {
        this.logger.warn({ error: status.error.message }, 'NATS reported an error');
      }
    }
    this.connectedNow = false;
  }
}
