import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/**
 * How often the event loop's delay is measured; the times reported include it. Each measurement wakes the process: at
 * the usual 10 ms that is most of what an idle service does.
 */
const EVENT_LOOP_PRECISION_MS = 200;

/** One registry per process, served at `/metrics`. Names follow the Prometheus conventions (seconds, totals). */
export class Metrics {
  readonly registry = new Registry();
  readonly commands = new Counter({
    name: 'agencyos_commands_total',
    help: 'Commands handled, by type and outcome (accepted, repeated, a refusal code, or fault).',
    labelNames: ['type', 'outcome'] as const,
    registers: [this.registry],
  });
  readonly commandSeconds = new Histogram({
    name: 'agencyos_command_seconds',
    help: 'Time from receipt of a command to its durable answer.',
    labelNames: ['type'] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers: [this.registry],
  });
  readonly consumerPosition = new Gauge({
    name: 'agencyos_consumer_position',
    help: 'Log position that a consumer has handled.',
    labelNames: ['consumer'] as const,
    registers: [this.registry],
  });
  readonly foreignMessages = new Counter({
    name: 'agencyos_foreign_messages_total',
    help: 'Messages in EVENTS that are no events of this installation, passed over.',
    registers: [this.registry],
  });
  readonly parked = new Gauge({
    name: 'agencyos_parked_events',
    help: 'Events set aside after a permanent failure.',
    labelNames: ['consumer'] as const,
    registers: [this.registry],
  });

  constructor(service: string) {
    this.registry.setDefaultLabels({ service });
    collectDefaultMetrics({ register: this.registry, eventLoopMonitoringPrecision: EVENT_LOOP_PRECISION_MS });
  }
}
