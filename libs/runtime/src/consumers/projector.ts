import { describeView, newId, subjects, type ViewDelta, type ViewHead } from '@agencyos/contracts';
import type { DataSource } from 'typeorm';
import { together, Wake } from '../background.js';
import type { EventStore } from '../event-store/event-store.js';
import type { Logger } from '../logger.js';
import type { Bus } from '../messaging/bus.js';
import type { Metrics } from '../metrics.js';
import type { Projection } from '../service-definition.js';
import type { Feed } from './feed.js';
import { ProjectionRows, type ViewChange } from './projection-rows.js';
import { RECENT_SECONDS, RecentHeads } from './recent-heads.js';
import { allHeads, headsChangedWithin } from './tables.js';
import { opsJson, rowsJson } from './view-json.js';

export interface ProjectorDependencies {
  database: DataSource;
  store: EventStore;
  feed: Feed;
  bus: Bus;
  logger: Logger;
  metrics: Metrics;
  /** Whose viewhead subject is used. */
  context: string;
}

interface Epoch {
  epoch: string;
  version: number;
  /** Position that the database knows. */
  written: bigint;
  active: boolean;
}

/** A `ViewDelta` whose rows are JSON already. */
interface Delta {
  head: Omit<ViewDelta, 'ops'>;
  rows: ViewChange['rows'];
}

const HEADS_EVERY_MS = 2_000;
/** Where nothing changed but the position, it is written as often as this: a restart reads that much again. */
const POSITION_EVERY_MS = 1_000;
/** While an epoch is built nobody reads it, so that many changed rows are written together. */
const BUILT_ROWS = 10_000;

const WRITE_VIEWS = `SELECT set_config('synchronous_commit', 'off', true), write_views($1, $2, $3, $4, $5, $6, $7) AS before`;

/**
 * Runs one projection: rows and position in one transaction, then the delta to NATS (a lost one is repaired by heads).
 * A new version is built in an epoch of its own beside the one in use, and switched in when it has caught up.
 */
export class Projector {
  constructor(
    private readonly projection: Projection,
    private readonly dependencies: ProjectorDependencies,
  ) {}

  get name(): string {
    return this.projection.name;
  }

  /** Until the signal aborts. The caller sees to it that one process at a time runs it. */
  async run(signal: AbortSignal): Promise<void> {
    const epoch = await this.open();
    const recent = new RecentHeads();
    const heads = await headsChangedWithin(this.dependencies.database, epoch.epoch, RECENT_SECONDS);
    for (const head of heads.filter(isPublished)) recent.note(head);
    await together(
      signal,
      (ended) => this.follow(epoch, recent, ended),
      (ended) => this.repeatHeads(epoch, recent, ended),
    );
  }

  private async open(): Promise<Epoch> {
    const { database } = this.dependencies;
    const rows = (await database.query('SELECT epoch, version, position, active FROM projection WHERE name = $1', [this.name])) as
      (Omit<Epoch, 'written'> & { position: string })[];
    const ready = rows.find(({ version }) => version === this.projection.version);
    if (ready) return { epoch: ready.epoch, version: ready.version, written: BigInt(ready.position), active: ready.active };
    const first = rows.length === 0;
    const epoch = { epoch: newId(), version: this.projection.version, written: 0n, active: first };
    await database.query('INSERT INTO projection (name, epoch, version, position, active) VALUES ($1, $2, $3, 0, $4)', [
      this.name, epoch.epoch, epoch.version, first,
    ]);
    if (!first) this.dependencies.logger.info({ projection: this.name, version: epoch.version }, 'building a new version beside the old');
    return epoch;
  }

  private async follow(epoch: Epoch, recent: RecentHeads, signal: AbortSignal): Promise<void> {
    const { feed, store, metrics } = this.dependencies;
    const rows = new ProjectionRows(this.dependencies.database, epoch.epoch, epoch.written === 0n);
    const target = epoch.active ? 0n : await store.head();
    let writtenAt = 0;
    for await (const { facts, position } of feed.follow(epoch.written, this.projection.categories, signal)) {
      await rows.foresee(facts, this.projection.project.bind(this.projection));
      for (const fact of facts) {
        rows.position = Number(fact.position);
        await this.projection.project(fact, rows);
      }
      metrics.consumerPosition.set({ consumer: this.name }, Number(position));
      if (!epoch.active && position < target && rows.changed < BUILT_ROWS) continue;
      const changes = rows.take();
      if (changes.length > 0 || performance.now() >= writtenAt + POSITION_EVERY_MS) {
        const deltas = await this.write(epoch, changes, position);
        writtenAt = performance.now();
        const published = deltas.filter(({ head }) => isPublished(head));
        for (const { head: { kind, id, epoch, to } } of published) recent.note({ kind, id, epoch, to });
        if (epoch.active) for (const delta of published) this.publish(delta);
      }
      if (!epoch.active && position >= target) await this.switchTo(epoch);
    }
  }

  /**
   * Rows, heads and position in one statement; returns what readers need to follow. Its commit does not wait for the
   * disk: a PostgreSQL that is killed loses rows and position together, and breaks the session of the election, so the
   * projector starts again at the position that is left.
   */
  private async write(epoch: Epoch, changes: ViewChange[], position: bigint): Promise<Delta[]> {
    const { puts, deletes } = rowsJson(changes);
    const [{ before }] = (await this.dependencies.database.query(WRITE_VIEWS, [
      this.name,
      epoch.epoch,
      String(epoch.written),
      String(position),
      JSON.stringify(changes.map(({ kind, id, to }) => ({ kind, id, to }))),
      puts,
      deletes,
    ])) as [{ before: { kind: string; id: string; revision: number }[] }];
    epoch.written = position;
    const heads = new Map(before.map(({ kind, id, revision }) => [`${kind} ${id}`, revision]));
    return changes.map(({ kind, id, to, rows }) => {
      return { head: { kind, id, epoch: epoch.epoch, from: heads.get(`${kind} ${id}`) ?? 0, to }, rows };
    });
  }

  /** Readers see the old epoch until this commits, the new one afterwards. */
  private async switchTo(epoch: Epoch): Promise<void> {
    const { database, logger, bus, context } = this.dependencies;
    await database.transaction(async (manager) => {
      await manager.query('UPDATE projection SET active = false WHERE name = $1 AND active', [this.name]);
      await manager.query('UPDATE projection SET active = true WHERE name = $1 AND epoch = $2', [this.name, epoch.epoch]);
    });
    epoch.active = true;
    logger.info({ projection: this.name, version: epoch.version }, 'new version is in use');
    for await (const heads of allHeads(database, epoch.epoch)) bus.publish(subjects.viewHead(context), heads.filter(isPublished));
    await this.dropOldEpochs();
  }

  /** Rows of epochs older than the last one replaced. */
  private async dropOldEpochs(): Promise<void> {
    const { database } = this.dependencies;
    const old = (await database.query('SELECT epoch FROM projection WHERE name = $1 AND NOT active AND version < $2', [
      this.name, this.projection.version - 1,
    ])) as { epoch: string }[];
    for (const { epoch } of old) {
      await database.query('DELETE FROM view_row WHERE epoch = $1', [epoch]);
      await database.query('DELETE FROM view_head WHERE epoch = $1', [epoch]);
      await database.query('DELETE FROM projection WHERE epoch = $1', [epoch]);
    }
  }

  private publish({ head, rows }: Delta): void {
    const { bus, context } = this.dependencies;
    const { kind, id, epoch, to } = head;
    const body = `${JSON.stringify(head).slice(0, -1)},"ops":${opsJson(rows)}}`;
    // Too large for one message: the head tells readers to fetch instead.
    if (Buffer.byteLength(body) > 900_000) return bus.publish(subjects.viewHead(context), [{ kind, id, epoch, to } satisfies ViewHead]);
    if (!bus.connection.isClosed()) bus.connection.publish(subjects.view(kind, id), body);
  }

  private async repeatHeads(epoch: Epoch, recent: RecentHeads, signal: AbortSignal): Promise<void> {
    const { bus, context } = this.dependencies;
    const wake = new Wake();
    const stop = bus.onReconnect(() => wake.wake());
    while (!signal.aborted) {
      const heads = epoch.active ? recent.list() : [];
      if (heads.length > 0) bus.publish(subjects.viewHead(context), heads);
      await wake.wait(HEADS_EVERY_MS, signal);
    }
    stop();
  }
}

/** A view that the contracts do not have is its service's own. */
const isPublished = ({ kind }: { kind: string }): boolean => describeView(kind) !== undefined;
