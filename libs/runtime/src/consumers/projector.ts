import { describeEvent, newId, parseStream, subjects, type Fact, type ViewDelta, type ViewHead } from '@agencyos/contracts';
import type { DataSource, EntityManager } from 'typeorm';
import { pause } from '../background.js';
import type { EventStore } from '../event-store/event-store.js';
import type { Logger } from '../logger.js';
import type { Bus } from '../messaging/bus.js';
import type { Metrics } from '../metrics.js';
import type { Projection } from '../service-definition.js';
import type { Feed } from './feed.js';
import { opsOf, ProjectionRows, type ViewChange } from './projection-rows.js';
import { recentHeads } from './tables.js';

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
  position: bigint;
  active: boolean;
}

const HEADS_EVERY_MS = 2_000;

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
    const stop = new AbortController();
    const ended = AbortSignal.any([signal, stop.signal]);
    const heads = this.publishHeads(ended);
    try {
      await this.follow(epoch, signal);
    } finally {
      stop.abort();
      await heads;
    }
  }

  private async open(): Promise<Epoch> {
    const { database } = this.dependencies;
    const rows = (await database.query('SELECT epoch, version, position, active FROM projection WHERE name = $1', [this.name])) as
      (Omit<Epoch, 'position'> & { position: string })[];
    const ready = rows.find(({ version }) => version === this.projection.version);
    if (ready) return { ...ready, position: BigInt(ready.position) };
    const first = rows.length === 0;
    const epoch = { epoch: newId(), version: this.projection.version, position: 0n, active: first };
    await database.query('INSERT INTO projection (name, epoch, version, position, active) VALUES ($1, $2, $3, 0, $4)', [
      this.name, epoch.epoch, epoch.version, first,
    ]);
    if (!first) this.dependencies.logger.info({ projection: this.name, version: epoch.version }, 'building a new version beside the old');
    return epoch;
  }

  private async follow(epoch: Epoch, signal: AbortSignal): Promise<void> {
    const { feed, store, metrics } = this.dependencies;
    const rows = new ProjectionRows(this.dependencies.database, epoch.epoch);
    const target = epoch.active ? 0n : await store.head();
    for await (const { facts, position } of feed.follow(epoch.position, this.projection.categories, signal)) {
      for (const fact of facts) {
        this.refuseUnknown(fact);
        rows.position = Number(fact.position);
        await this.projection.project(fact, rows);
      }
      const changes = rows.take();
      const deltas = await this.dependencies.database.transaction((manager) => this.write(manager, epoch, changes, position));
      epoch.position = position;
      if (epoch.active) for (const delta of deltas) this.publish(delta);
      else if (position >= target) await this.switchTo(epoch);
      metrics.consumerPosition.set({ consumer: this.name }, Number(position));
    }
  }

  /** A projection of its own context must know every event: passing one over would be silent corruption. */
  private refuseUnknown(fact: Fact): void {
    if (describeEvent(fact.type)) return;
    if (!this.projection.categories.includes(parseStream(fact.stream).category)) return;
    throw new Error(`projection ${this.name} met the unknown event ${fact.type} at ${fact.position}: halted until this version knows it`);
  }

  private async write(manager: EntityManager, epoch: Epoch, changes: ViewChange[], position: bigint): Promise<ViewDelta[]> {
    const deltas: ViewDelta[] = [];
    if (changes.length > 0) {
      const before = await this.advanceHeads(manager, epoch, changes);
      const flat = changes.flatMap(({ kind, id, rows }) => [...rows].map(([key, value]) => ({ kind, id, key, value })));
      const puts = flat.filter(({ value }) => value !== undefined);
      const deletes = flat.filter(({ value }) => value === undefined);
      if (puts.length > 0) {
        await manager.query(
          `INSERT INTO view_row (epoch, kind, id, key, value)
           SELECT $1, kind, id, key, value FROM jsonb_to_recordset($2::jsonb) AS row(kind text, id text, key text, value jsonb)
           ON CONFLICT (epoch, kind, id, key) DO UPDATE SET value = excluded.value`,
          [epoch.epoch, JSON.stringify(puts)],
        );
      }
      if (deletes.length > 0) {
        await manager.query(
          `DELETE FROM view_row USING jsonb_to_recordset($2::jsonb) AS row(kind text, id text, key text)
           WHERE view_row.epoch = $1 AND view_row.kind = row.kind AND view_row.id = row.id AND view_row.key = row.key`,
          [epoch.epoch, JSON.stringify(deletes)],
        );
      }
      for (const change of changes) {
        const { kind, id, to } = change;
        deltas.push({ kind, id, epoch: epoch.epoch, from: before.get(`${kind} ${id}`) ?? 0, to, ops: opsOf(change) });
      }
    }
    const [, guarded] = (await manager.query(
      'UPDATE projection SET position = $3 WHERE name = $1 AND epoch = $2 AND position <= $3',
      [this.name, epoch.epoch, String(position)],
    )) as [unknown, number];
    if (guarded !== 1) throw new Error(`projection ${this.name} was moved by another writer`);
    return deltas;
  }

  /** Moves the heads and returns where they were. */
  private async advanceHeads(manager: EntityManager, epoch: Epoch, changes: ViewChange[]): Promise<Map<string, number>> {
    const views = JSON.stringify(changes.map(({ kind, id, to }) => ({ kind, id, to })));
    const before = (await manager.query(
      `SELECT h.kind, h.id, h.revision FROM view_head h
       JOIN jsonb_to_recordset($2::jsonb) AS v(kind text, id text) ON v.kind = h.kind AND v.id = h.id WHERE h.epoch = $1`,
      [epoch.epoch, views],
    )) as { kind: string; id: string; revision: string }[];
    await manager.query(
      `INSERT INTO view_head (epoch, kind, id, revision)
       SELECT $1, kind, id, "to" FROM jsonb_to_recordset($2::jsonb) AS v(kind text, id text, "to" bigint)
       ON CONFLICT (epoch, kind, id) DO UPDATE SET revision = excluded.revision, changed_at = clock_timestamp()`,
      [epoch.epoch, views],
    );
    return new Map(before.map(({ kind, id, revision }) => [`${kind} ${id}`, Number(revision)]));
  }

  /** Readers see the old epoch until this commits, the new one afterwards. */
  private async switchTo(epoch: Epoch): Promise<void> {
    const { database, logger, bus, context } = this.dependencies;
    await database.transaction(async (manager) => {
      await manager.query('UPDATE projection SET active = false WHERE name = $1 AND active', [this.name]);
      await manager.query('UPDATE projection SET active = true WHERE name = $1 AND epoch = $2', [this.name, epoch.epoch]);
    });
    epoch.active = true;
    bus.publish(subjects.viewHead(context), await recentHeads(database, this.name));
    logger.info({ projection: this.name, version: epoch.version }, 'new version is in use');
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

  private publish(delta: ViewDelta): void {
    const body = JSON.stringify(delta);
    // Too large for one message: the head tells readers to fetch instead.
    if (Buffer.byteLength(body) > 900_000) {
      const { kind, id, epoch, to } = delta;
      return this.dependencies.bus.publish(subjects.viewHead(this.dependencies.context), [{ kind, id, epoch, to } satisfies ViewHead]);
    }
    if (!this.dependencies.bus.connection.isClosed()) this.dependencies.bus.connection.publish(subjects.view(delta.kind, delta.id), body);
  }

  private async publishHeads(signal: AbortSignal): Promise<void> {
    const { bus, database, context } = this.dependencies;
    let wake = new AbortController();
    const stop = bus.onReconnect(() => wake.abort());
    while (!signal.aborted) {
      const heads = await recentHeads(database, this.name).catch(() => []);
      if (heads.length > 0) bus.publish(subjects.viewHead(context), heads);
      wake = new AbortController();
      await pause(HEADS_EVERY_MS, AbortSignal.any([signal, wake.signal]));
    }
    stop();
  }
}
