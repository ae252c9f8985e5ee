import { FIRST_LEVEL, LEVEL } from '@agencyos/contracts';
import { DataSource } from 'typeorm';
import type { MixedList } from 'typeorm/common/MixedList.js';
import pg from 'pg';
import type { RuntimeConfig } from './config.js';
import { untilMigrated } from './await-migrations.js';
import { describeError, pause } from './background.js';
import type { Logger } from './logger.js';
import { RuntimeTables1 } from './runtime-tables.migration.js';
import { Parking1 } from './parking.migration.js';
import { Snapshots1 } from './snapshots/snapshots.migration.js';
import { ViewEntries1 } from './view-entries.migration.js';
import { WriteViews1 } from './write-views.migration.js';

export interface DatabaseOptions {
  /**
   * Those that take away what the version before uses have a static `contractsAt`: the level from which on it runs no more.
   * `supervisor/test/migrations.spec.ts` finds those that lack it.
   */
  // eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- TypeORM's own type of a migration class
  migrations?: (Function & { contractsAt?: number })[];
}

/**
 * The service's own schema: views, consumers, timers and whatever tables it adds. Injection token: `DataSource`. Migrations
 * of a later version are no trouble: they have only added.
 * @param level up to which contracts are written: of what contracts later, nothing is done yet
 */
export async function openDatabase(
  config: RuntimeConfig,
  logger: Logger,
  { migrations = [] }: DatabaseOptions = {},
  level = LEVEL,
): Promise<DataSource> {
  await databaseAnswers(config, logger);
  const own = [RuntimeTables1, WriteViews1, Parking1, Snapshots1, ViewEntries1];
  const upTo = (limit: number) =>
    [...own, ...migrations.filter(({ contractsAt = FIRST_LEVEL }) => contractsAt <= limit)] as MixedList<never>;
  const options = {
    type: 'postgres' as const,
    url: config.databaseUrl,
    schema: config.name,
    applicationName: `agencyos-${config.name}`,
    migrations: upTo(level),
    migrationsTableName: 'migration',
    extra: {
      // Unqualified names mean the service's own schema.
      options: `-c search_path=${config.name}`,
      connectionTimeoutMillis: 3_000,
      keepAlive: true,
    },
    poolErrorHandler: (error: unknown) => logger.warn({ error: describeError(error) }, 'idle database connection failed'),
    logging: false as const,
  };
  const alone = { ...options, poolSize: 1 };
  // What contracts is nothing for a Job before the new version: whoever starts first at the raised level does it.
  const expanding = { ...alone, migrations: upTo(FIRST_LEVEL) };
  if (config.awaitsMigrations) await untilMigrated(config.name, () => isUpToDate(new DataSource(expanding)), logger);
  await migrate(config, new DataSource(alone));
  const extra = { ...options.extra, options: `${options.extra.options} ${LIMITS}` };
  return new DataSource({ ...options, poolSize: 10, extra }).initialize();
}

/** A stuck statement must not hold a pool for ever. */
const LIMITS = '-c statement_timeout=10000 -c lock_timeout=5000 -c idle_in_transaction_session_timeout=10000';

/** Asked without TypeORM's `showMigrations`: it makes the table of migrations, in the way of who is about to. */
async function isUpToDate(dataSource: DataSource): Promise<boolean> {
  await dataSource.initialize();
  try {
    const rows = await dataSource.query<{ name: string }[]>('SELECT name FROM migration');
    const done = new Set(rows.map(({ name }) => name));
    return dataSource.migrations.every((migration) => done.has(migration.name ?? migration.constructor.name));
  } finally {
    await dataSource.destroy();
  }
}

/** Replicas starting together migrate one after another, each as long as it takes: a large table is no stuck statement. */
async function migrate(config: RuntimeConfig, dataSource: DataSource): Promise<void> {
  const client = new pg.Client({ connectionString: config.databaseUrl });
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [`migrate/${config.name}`]);
    // Where an owner has prepared the database, a service has its schema and may make none.
    const { rowCount } = await client.query('SELECT FROM pg_namespace WHERE nspname = $1', [config.name]);
    if (rowCount === 0) await client.query(`CREATE SCHEMA IF NOT EXISTS "${config.name}"`);
    await dataSource.initialize();
    await dataSource.runMigrations({ transaction: 'each' });
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
    await client.end();
  }
}

/** Waits for PostgreSQL, and says so. */
export async function databaseAnswers(config: RuntimeConfig, logger: Logger): Promise<void> {
  for (;;) {
    const client = new pg.Client({ connectionString: config.databaseUrl, connectionTimeoutMillis: 3_000 });
    try {
      await client.connect();
      await client.query('SELECT 1');
      return;
    } catch (error) {
      logger.warn({ error: describeError(error).message }, 'waiting for PostgreSQL');
      await pause(300);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}
