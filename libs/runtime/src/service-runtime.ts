import pg from 'pg';
import { describeCommand } from '@agencyos/contracts';
import type { DataSource } from 'typeorm';
import { untilMigrated } from './await-migrations.js';
import { Background, describeError, pause } from './background.js';
import { AggregateHost } from './commands/aggregate-host.js';
import { CommandHost } from './commands/command-host.js';
import { Commands } from './commands/commands.js';
import type { RuntimeConfig } from './config.js';
import { assertNotAhead } from './consumers/assert-not-ahead.js';
import { Consumers } from './consumers/consumers.js';
import { EventsFeed, LogFeed, type Feed } from './consumers/feed.js';
import { Projector } from './consumers/projector.js';
import { Reactor } from './consumers/reactor.js';
import { Receivers } from './consumers/receivers.js';
import { TimerKeeper } from './consumers/timer-keeper.js';
import { Views } from './consumers/views.js';
import { PostgresContentStore, type ContentStore } from './content-store/index.js';
import { databaseAnswers, openDatabase, type DatabaseOptions } from './database.js';
import { Elections } from './elections.js';
import {
  DatabaseClock,
  installationId,
  isEventStorePresent,
  migrateEventStore,
  openEventStore,
  PresentEventStore,
  PresentForm,
  purgeAnswers,
  type EventStore,
} from './event-store/index.js';
import { within } from './within.js';
import { sendHeartbeats } from './heartbeat.js';
import { WrittenLevel } from './level/written-level.js';
import type { Logger } from './logger.js';
import { Bus } from './messaging/bus.js';
import { Metrics } from './metrics.js';
import { Queries } from './queries.js';
import { Readiness } from './readiness.js';
import { Refusals } from './refusals.js';
import type { FactSource, ServiceDefinition } from './service-definition.js';
import { SnapshotRows } from './snapshots/snapshot-rows.js';
import { SnapshotWriter } from './snapshots/snapshot-writer.js';
import { StreamStates } from './snapshots/stream-states.js';

/** What a definition may build on: its aggregates' look-ups and its reactions' effects. */
export interface RuntimeCore {
  config: RuntimeConfig;
  logger: Logger;
  /** Its events come in the form of today. */
  store: EventStore;
  content: ContentStore;
  clock: DatabaseClock;
  database: DataSource;
  bus: Bus;
  /** Read side of the definition's own projections. */
  views: Views;
}

/** Everything a service definition is brought to life with. Nest injects its members. */
export interface ServiceRuntime extends RuntimeCore {
  definition: ServiceDefinition;
  /** The log as it was written, for who passes it on. */
  recorded: EventStore;
  metrics: Metrics;
  host: CommandHost;
  commands: Commands;
  consumers: Consumers;
  background: Background;
  elections: Elections;
  /** Up to which contracts are written and offered. */
  level: WrittenLevel;
  queries: Queries;
  readiness: Readiness;
  /** Starts consumers and heartbeats; called once the handlers listen. */
  start(): void;
  /** From now on nothing is tried again: what has no outcome is answered `busy`, while the handlers can still answer. */
  end(): void;
  /** Ends the work, then the connections, within three seconds, whatever is away. */
  stop(): Promise<void>;
}

export async function createServiceRuntime(
  define: (runtime: RuntimeCore) => ServiceDefinition,
  config: RuntimeConfig,
  logger: Logger,
  options: DatabaseOptions = {},
): Promise<ServiceRuntime> {
  const metrics = new Metrics(config.name);
  await databaseAnswers(config, logger);
  const pool = new pg.Pool({
    connectionString: config.databaseUrl,
    max: 3,
    // The clock is read every half minute: a connection for each time would cost more than one that stays.
    idleTimeoutMillis: 60_000,
    application_name: `agencyos-${config.name}-content`,
    connectionTimeoutMillis: 3_000,
  });
  pool.on('error', (error) => logger.warn({ error: describeError(error) }, 'idle log connection failed'));
  if (config.awaitsMigrations) await untilMigrated('the log', () => isEventStorePresent(pool), logger);
  else await migrateEventStore(pool);
  config.installationId = await installationId(pool);
  const recorded = await openEventStore(config, pool, logger);
  const clock = await DatabaseClock.of(pool);
  const elections = new Elections(config);
  const background = new Background(logger);
  const { name: service, installationId: installation } = config;
  const levelOptions = { store: recorded, elections, clock, service, installationId: installation };
  const level = await WrittenLevel.open(levelOptions, background.signal).catch(async (error: unknown) => {
    clock.stop();
    await Promise.allSettled([elections.close(), recorded.close(), pool.end()]);
    throw error;
  });
  const database = await openDatabase(config, logger, options, level.written);
  await assertNotAhead(database, recorded);
  const form = new PresentForm();
  const store = new PresentEventStore(recorded, form);
  const content = new PostgresContentStore(pool);
  const bus = await Bus.connect(config, logger);
  const views = new Views(database);
  const definition = define({ config, logger, store, content, clock, database, bus, views });
  form.owns(definition.aggregates.map(({ category }) => category));
  const context = definition.context ?? definition.name;
  const refusals = new Refusals(database, logger);
  const ending = new AbortController();

  const rows = new SnapshotRows(database);
  const states = new StreamStates(rows, store, logger);
  const snapshots = { states, writer: new SnapshotWriter({ rows, states, store, logger }) };

  const hosts = new Map<string, AggregateHost>();
  for (const aggregate of definition.aggregates) {
    const host = new AggregateHost(aggregate, {
      ...{ store, clock, logger, level, snapshots, deadlineMs: config.commandDeadlineMs, ending: ending.signal },
    });
    for (const type of Object.keys(aggregate.commands.types)) {
      if (!describeCommand(type)) throw new Error(`command ${type} is not published in contracts`);
      hosts.set(type, host);
    }
  }
  const host = new CommandHost(config.name, hosts, { logger, metrics, level, recordRefusal: refusals.record });
  const commands = new Commands(config.name, host, bus, config.commandDeadlineMs, level);

  const { projections = [], reactions = [], timers = [] } = definition;
  views.register(projections);
  const log = new LogFeed(store);
  let events: EventsFeed | undefined;
  const foreign = (subject: string, error: unknown) => {
    metrics.foreignMessages.inc();
    logger.warn(
      { subject, security: true, error: describeError(error).message },
      'EVENTS holds what is no event of ours; passed over',
    );
  };
  const feedOf = (source: FactSource): Feed => (source === 'log' ? log : (events ??= new EventsFeed(store, bus, form, foreign)));
  const readiness = new Readiness(database, bus, store);
  const receivers = new Receivers(config.name, readiness, bus);
  const projectors = projections.map(
    (projection) => new Projector(projection, { database, store, feed: log, bus, receivers, logger, metrics, context }),
  );
  const reactors = reactions.map(
    (set) => new Reactor(set, { database, store, feed: feedOf(set.source), form, commands, receivers, logger, metrics }),
  );
  const keepers = timers.map(
    (set) => new TimerKeeper(set, { database, feed: log, form, commands, receivers, databaseClock: clock, logger, metrics }),
  );
  const consumers = new Consumers(projectors, reactors, keepers, database, store);

  return {
    definition,
    config,
    logger,
    metrics,
    store,
    recorded,
    content,
    clock,
    database,
    bus,
    host,
    commands,
    consumers,
    background,
    elections,
    level,
    queries: new Queries(),
    views,
    readiness,
    start() {
      readiness.started = true;
      consumers.start(background, elections);
      background.run('contract-level', (signal) => level.follow(signal));
      background.run('heartbeat', (signal) => sendHeartbeats(config, bus, consumers, signal));
      background.run('refusals', (signal) => refusals.write(signal));
      background.run('snapshots', async (signal) => {
        await snapshots.writer.removeOthers(definition.aggregates);
        await snapshots.writer.write(signal);
      });
      background.run('purge-answers', (signal) =>
        elections.hold('purge-answers', signal, async (held) => {
          await purgeAnswers(pool);
          await pause(3_600_000, held);
        }),
      );
    },
    end: () => ending.abort(),
    async stop() {
      clock.stop();
      const work = background.stop();
      // Work that lasts longer waits for the log, which may be away; once that is closed, nobody waits for it.
      await within(WORK_WITHIN_MS, 'background work', work).catch(() => undefined);
      await ended(logger, 'the log', store.close());
      await ended(logger, 'background work', work);
      await Promise.all([
        ended(logger, 'elections', elections.close()),
        ended(logger, 'NATS', bus.close()),
        ended(logger, 'the content store', pool.ended ? Promise.resolve() : pool.end()),
        ended(
          logger,
          'the database',
          refusals.flush().finally(() => database.destroy()),
        ),
      ]);
    },
  };
}

const WORK_WITHIN_MS = 500;
const END_WITHIN_MS = 700;

/** A server that is away, or a connection that never says goodbye, must not keep the others from being closed. */
async function ended(logger: Logger, what: string, ending: Promise<unknown>): Promise<void> {
  await within(END_WITHIN_MS, `the end of ${what}`, ending).catch((error: unknown) =>
    logger.warn({ error: describeError(error) }, `${what} did not end well`),
  );
}
