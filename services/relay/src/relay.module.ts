import {
  Background,
  Bus,
  Consumers,
  Elections,
  type EventStore,
  Logger,
  Metrics,
  pause,
  Readiness,
  RECORDED_LOG,
  RuntimeConfig,
  Standing,
} from '@agencyos/runtime';
import { Inject, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import { DataSource } from 'typeorm';
import { readRelayConfig } from './config.js';
import { ContentCollector } from './content-collector.js';
import { RelayState } from './relay-state.js';
import { Relay } from './relay.js';

const COLLECT_EVERY_MS = 3_600_000;
/** A start has better things to do. */
const COLLECT_FIRST_AFTER_MS = 60_000;

/** One relay publishes at a time; the others wait for its advisory lock. */
@Module({})
export class RelayModule implements OnApplicationBootstrap {
  constructor(
    @Inject(RuntimeConfig) private readonly config: RuntimeConfig,
    @Inject(RECORDED_LOG) private readonly store: EventStore,
    @Inject(Bus) private readonly bus: Bus,
    @Inject(DataSource) private readonly database: DataSource,
    @Inject(Background) private readonly background: Background,
    @Inject(Elections) private readonly elections: Elections,
    @Inject(Consumers) private readonly consumers: Consumers,
    @Inject(Readiness) private readonly readiness: Readiness,
    @Inject(Metrics) private readonly metrics: Metrics,
    @Inject(Logger) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    const relay = new Relay(this.store, this.bus.connection, new RelayState(this.database), this.logger, {
      ...readRelayConfig(),
      installationId: this.config.installationId,
      foreign: (messages) => this.metrics.foreignMessages.inc(messages),
    });
    const standing = new Standing('publish');
    this.consumers.watch(standing);
    this.background.run('publish', (signal) =>
      this.elections.hold('publish', signal, async (held) => {
        standing.starts();
        await relay.run(held, standing).finally(() => standing.ends());
      }),
    );
    // A relay in reserve is ready, too.
    this.readiness.add('publishing', () => !standing.running || relay.position !== undefined);
    const lag = new Gauge({
      name: 'agencyos_relay_lag_events',
      help: 'Events recorded but not yet stored in EVENTS, as far as this process knows.',
      registers: [this.metrics.registry],
      collect: async () => {
        if (relay.position !== undefined) lag.set(Number((await this.store.head()) - relay.position));
      },
    });
    this.collectContent();
  }

  private collectContent(): void {
    const collector = new ContentCollector(this.store, this.database);
    const total = new Counter({
      name: 'agencyos_content_collected_total',
      help: 'Contents deleted because no event named them within a day.',
      registers: [this.metrics.registry],
    });
    let waitMs = COLLECT_FIRST_AFTER_MS;
    this.background.run('collect-content', (signal) =>
      this.elections.hold('collect-content', signal, async (held) => {
        await pause(waitMs, held);
        if (held.aborted) return;
        const { contents, bytes } = await collector.collect(held);
        waitMs = COLLECT_EVERY_MS;
        total.inc(contents);
        if (contents > 0) this.logger.info({ contents, bytes }, 'deleted content that no event names');
      }),
    );
  }
}
