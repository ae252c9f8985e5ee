import type { DataSource } from 'typeorm';
import type { EventStore } from '../event-store/event-store.js';
import type { Logger } from '../logger.js';
import type { Bus } from '../messaging/bus.js';
import type { Metrics } from '../metrics.js';
import type { Projection } from '../service-definition.js';
import { makeStale, openEpoch } from './epochs.js';
import type { Feed } from './feed.js';
import type { Clock } from './parking.js';
import { ProjectionRun } from './projection-run.js';
import type { Receivers } from './receivers.js';
import { Standing } from './standing.js';
import { parkedStreams } from './tables.js';

export interface ProjectorDependencies {
  database: DataSource;
  store: EventStore;
  feed: Feed;
  bus: Bus;
  receivers: Pick<Receivers, 'ready'>;
  logger: Logger;
  metrics: Metrics;
  /** Whose viewhead subject is used. */
  context: string;
  /** When a fact that fails is parked; the process's own by default. */
  clock?: Clock;
}

/**
 * Runs one projection: rows and position in one transaction, then the delta to NATS (a lost one is repaired by heads).
 * A new version is built in an epoch of its own beside the one in use, and switched in when it has caught up. A fact
 * that cannot be projected is left out with the later ones of its stream, and what it would have changed is marked.
 */
export class Projector {
  readonly standing: Standing;
  private restart = new AbortController();

  constructor(
    private readonly projection: Projection,
    private readonly dependencies: ProjectorDependencies,
  ) {
    this.standing = new Standing(projection.name);
  }

  get name(): string {
    return this.projection.name;
  }

  /** Until the signal aborts. The caller sees to it that one process at a time runs it. */
  async run(signal: AbortSignal): Promise<void> {
    this.restart = new AbortController();
    const epoch = await openEpoch(this.dependencies.database, this.projection);
    if (!epoch.active)
      this.dependencies.logger.info({ projection: this.name, version: epoch.version }, 'building beside what is in use');
    this.standing.starts();
    this.standing.at(epoch.written);
    await new ProjectionRun(this.projection, epoch, this.dependencies, this.standing).run(
      AbortSignal.any([signal, this.restart.signal]),
    );
  }

  /** What lacks parked facts is built anew beside what is in use. Returns whether there are any. */
  async rebuildIncomplete(): Promise<boolean> {
    const { database } = this.dependencies;
    const { facts } = await parkedStreams(database, this.name);
    if (facts === 0) return false;
    await makeStale(database, this.name);
    this.restart.abort();
    return true;
  }
}
