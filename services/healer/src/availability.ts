import { cleanText, startOfText, subjects } from '@agencyos/contracts';
import {
  describeError,
  SenderShare,
  pause,
  type Bus,
  type Commands,
  type DatabaseClock,
  type EventStore,
  type Logger,
} from '@agencyos/runtime';
import { monitorDecider, type Monitor } from './monitor/monitor.decider.js';
import type { SupervisorClient } from './supervisor/supervisor-client.js';
import { ConsumerWatch } from './availability/consumer-watch.js';
import { HeartbeatWatch, type RunProcess } from './availability/heartbeat-watch.js';
import { missedOf, probeOf } from './availability/probe.js';
import { reportOf, type Told } from './availability/report.js';

export interface AvailabilityDependencies {
  store: EventStore;
  bus: Bus;
  commands: Commands;
  clock: DatabaseClock;
  logger: Logger;
  supervisor: SupervisorClient | undefined;
}

const LOOK_EVERY_MS = 250;
/** Who died before we heard of it is seen by asking; what became of those in breach is worth asking more often. */
const ASK_EVERY_MS = 10_000;
const ASK_IN_BREACH_MS = 1_000;
const NAME_CHARACTERS = 200;

/**
 * The evaluator: hears heartbeats, reports suspected transitions to the monitors' streams. What a stream says already
 * is nothing new, so reporting twice has one effect; what could not be reported (the event store is away) is still
 * true, or no longer, at the next look.
 */
export class Availability {
  private watch = new HeartbeatWatch();
  private consumers = new ConsumerWatch();
  private readonly share = new SenderShare();

  constructor(private readonly dependencies: AvailabilityDependencies) {
    dependencies.bus.subscribe(subjects.heartbeat('*', '*'), (message) => {
      const [, , of, name] = message.subject.split('.');
      if (!this.share.take(`${of}/${name}`, message.data.byteLength, performance.now())) return;
      const { instanceId: given, consumers, leaving } = message.json<Record<'instanceId' | 'consumers' | 'leaving', unknown>>();
      const instanceId = typeof given === 'string' ? startOfText(cleanText(given), NAME_CHARACTERS) : '';
      if (leaving === true) {
        if (of === 'service') this.consumers.left(name!, instanceId);
        return this.watch.left(`${of}/${name}`, instanceId, performance.now());
      }
      this.watch.heard(`${of}/${name}`, instanceId, performance.now());
      if (of === 'service') this.consumers.heard(name!, instanceId, consumers, performance.now());
    });
  }

  /** Until the signal aborts. The caller sees to it that one process at a time runs it. */
  async run(signal: AbortSignal): Promise<void> {
    this.watch = new HeartbeatWatch();
    this.consumers = new ConsumerWatch();
    const stop = new AbortController();
    const ended = AbortSignal.any([signal, stop.signal]);
    try {
      await Promise.race([this.followMonitors(ended), this.look(ended)]);
    } finally {
      stop.abort();
    }
  }

  /** The monitors' streams say what to watch and what is already known. */
  private async followMonitors(signal: AbortSignal): Promise<void> {
    const monitors = new Map<string, Monitor>();
    for await (const { events } of this.dependencies.store.subscribe(0n, {
      categories: ['monitor'],
      signal,
    })) {
      for (const { stream, type, data, revision, metadata } of events) {
        const { recordedAt, actor } = metadata;
        const before = monitors.get(stream) ?? monitorDecider.initialState;
        const event = { type, data } as unknown as Parameters<typeof monitorDecider.evolve>[1];
        monitors.set(stream, monitorDecider.evolve(before, event, { revision, recordedAt, actor }));
      }
      for (const stream of new Set(events.map((event) => event.stream))) this.expect(monitors.get(stream)!);
    }
  }

  private expect(monitor: Monitor): void {
    const probe = probeOf(monitor);
    if (!monitor.published) return;
    if (probe?.kind === 'consumers') {
      const { monitorId, clearForMs } = monitor.published;
      return this.consumers.expect(probe.name, { monitorId, clearForMs, breached: monitor.open !== undefined });
    }
    if (probe?.kind !== 'heartbeat') return;
    const { monitorId, clearForMs, noDataMs } = monitor.published;
    const { of, name, everyMs } = probe;
    const present = { breached: monitor.open !== undefined, lost: monitor.lostSince !== undefined };
    this.watch.expect(`${of}/${name}`, {
      monitorId,
      everyMs,
      missed: missedOf(monitor),
      clearForMs,
      noDataMs,
      ...present,
    });
  }

  private async look(signal: AbortSignal): Promise<void> {
    const { bus } = this.dependencies;
    let asked: Promise<void> | undefined;
    let toldAt = -Infinity;
    while (!signal.aborted) {
      const { connected } = bus;
      if (connected) asked ??= this.echo().finally(() => (asked = undefined));
      await Promise.race([asked, pause(LOOK_EVERY_MS, signal)]);
      const askAfter = this.watch.inBreach ? ASK_IN_BREACH_MS : ASK_EVERY_MS;
      const due = this.watch.suspicious || performance.now() - toldAt >= askAfter;
      const processes = connected && due ? await this.processes() : undefined;
      if (processes) toldAt = performance.now();
      for (const transition of this.watch.look(performance.now(), processes)) await this.report(transition);
      const told = this.consumers.look(performance.now(), Date.parse(this.dependencies.clock.now()));
      if (connected) for (const transition of told) await this.report(transition);
      await pause(LOOK_EVERY_MS, signal);
    }
  }

  /** A connection that stands proves nothing: a server that hangs keeps it open. */
  private echo(): Promise<void> {
    const { watch } = this;
    return this.dependencies.bus.connection.flush().then(
      () => watch.echoed(performance.now()),
      () => undefined, // lost meanwhile
    );
  }

  private async processes(): Promise<RunProcess[] | undefined> {
    const status = await this.dependencies.supervisor?.status().catch(() => undefined);
    return status?.processes.map(({ name, replicaOf, state, instanceId }) => ({ name: replicaOf ?? name, state, instanceId }));
  }

  private async report(transition: Told): Promise<void> {
    const { commands, clock, logger } = this.dependencies;
    const report = reportOf(transition, clock.now());
    const { monitorId, state, sinceAt } = report;
    try {
      await commands.execute('ReportTransition', report);
      logger.info({ monitor: monitorId, state, sinceAt }, 'transition reported');
    } catch (error) {
      logger.warn({ monitor: monitorId, state, error: describeError(error).message }, 'transition could not be reported');
    }
  }
}
