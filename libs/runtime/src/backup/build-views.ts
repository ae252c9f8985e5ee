import { newId } from '@agencyos/contracts';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { z } from 'zod';
import type { RuntimeConfig } from '../config.js';
import { factOf } from '../consumers/feed.js';
import { ProjectionRows } from '../consumers/projection-rows.js';
import { rowsJson } from '../consumers/view-json.js';
import { Views } from '../consumers/views.js';
import { PostgresContentStore } from '../content-store/index.js';
import { openDatabase, type DatabaseOptions } from '../database.js';
import {
  DatabaseClock,
  installationId,
  PostgresEventStore,
  PresentEventStore,
  PresentForm,
  type EventStore,
} from '../event-store/index.js';
import type { Logger } from '../logger.js';
import type { Bus } from '../messaging/bus.js';
import type { Projection, ServiceDefinition } from '../service-definition.js';
import type { RuntimeCore } from '../service-runtime.js';
import type { ViewsLine } from './backup-line.js';
import type { WantedViews } from './restore-backup.js';
import { viewsOf } from './view-digests.js';

export const WantedViewsList: z.ZodType<WantedViews[]> = z.array(
  z.object({ projection: z.string(), version: z.int(), position: z.string().regex(/^\d+$/) }),
);

const PAGE = 500;
const WRITTEN_ROWS = 10_000;
/** Definitions hold on to it; making views sends nothing. */
const NO_BUS = {} as Bus;

/**
 * Makes a service's tables and its views, from the log alone and up to the wanted positions, while nothing else runs.
 * Views that are not wanted in the version of today are left to the service's start.
 * @returns what they came to
 */
export async function buildViews(
  define: (runtime: RuntimeCore) => ServiceDefinition,
  config: RuntimeConfig,
  logger: Logger,
  wanted: readonly WantedViews[],
  options: DatabaseOptions = {},
): Promise<ViewsLine[]> {
  const database = await openDatabase(config, logger, options);
  const pool = new pg.Pool({ connectionString: config.databaseUrl, max: 3, application_name: 'build-views' });
  pool.on('error', () => undefined);
  const recorded = await openLog(config, pool);
  const clock = await DatabaseClock.of(pool);
  try {
    config.installationId = await installationId(pool);
    const form = new PresentForm();
    const store = new PresentEventStore(recorded, form);
    const core = { config, logger, store, clock, database, bus: NO_BUS, content: new PostgresContentStore(pool) };
    const definition = define({ ...core, views: new Views(database) });
    form.owns(definition.aggregates.map(({ category }) => category));
    await database.query("DELETE FROM parked WHERE epoch <> ''; TRUNCATE projection, view_row, view_entry, view_head, view_gap");
    for (const projection of definition.projections ?? []) {
      const { name, version } = projection;
      const until = wanted.find((one) => one.projection === name && one.version === version)?.position;
      if (until !== undefined) await build(projection, store, database, BigInt(until));
    }
    return await database.transaction(async (manager) => {
      const views: ViewsLine[] = [];
      const query = async <T>(sql: string, values?: unknown[]) => (await manager.query(sql, values)) as T[];
      for await (const line of viewsOf(query, config.name)) views.push(line);
      return views;
    });
  } finally {
    clock.stop();
    await recorded.close();
    await pool.end();
    await database.destroy();
  }
}

/** Bound to nothing yet: the restore that asks for the views says last of all whose log it is. */
async function openLog({ kurrentdbUrl, databaseUrl }: RuntimeConfig, pool: pg.Pool): Promise<EventStore> {
  if (!kurrentdbUrl) return new PostgresEventStore({ url: databaseUrl });
  const { KurrentDbEventStore } = await import('../event-store/kurrentdb/index.js');
  return new KurrentDbEventStore({ url: kurrentdbUrl, pool });
}

async function build(projection: Projection, store: EventStore, database: DataSource, until: bigint): Promise<void> {
  const { name, version, categories } = projection;
  const epoch = newId();
  await database.query('INSERT INTO projection (name, epoch, version, position, active) VALUES ($1, $2, $3, 0, true)', [
    ...[name, epoch, version],
  ]);
  const rows = new ProjectionRows(database, epoch, true);
  let written = 0n;
  const write = async (position: bigint) => {
    const changes = rows.take();
    const { puts, deletes, listed } = rowsJson(changes);
    const heads = JSON.stringify(changes.map(({ kind, id, to }) => ({ kind, id, to })));
    const values = [name, epoch, String(written), String(position), heads, puts, deletes];
    await database.query(`SELECT ${listed ? 'write_listed_views' : 'write_views'}($1, $2, $3, $4, $5, $6, $7)`, values);
    written = position;
  };
  for (let position = 0n; position < until;) {
    const page = await store.readAll(position, { limit: PAGE, categories });
    const facts = page.events.filter((event) => event.position <= until).map(factOf);
    await rows.foresee(facts, projection.project.bind(projection));
    for (const fact of facts) {
      rows.position = Number(fact.position);
      await projection.project(fact, rows);
    }
    position = page.position < until ? page.position : until;
    if (rows.changed >= WRITTEN_ROWS) await write(position);
    if (page.events.length < PAGE) break;
  }
  if (written < until) await write(until);
}
