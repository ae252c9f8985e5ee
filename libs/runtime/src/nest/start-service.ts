import type { Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { FIRST_LEVEL } from '@agencyos/contracts';
import type { DynamicModule, INestApplication, ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type MicroserviceOptions } from '@nestjs/microservices';
import { describeError } from '../background.js';
import { endProcess } from '../end-process.js';
import { within } from '../within.js';
import { readConfig, type RuntimeConfig } from '../config.js';
import { openDatabase, type DatabaseOptions } from '../database.js';
import { LevelOutgrown } from '../level/written-level.js';
import { createLogger, NestLogger } from '../logger.js';
import { natsOptions } from '../messaging/bus.js';
import type { ServiceDefinition } from '../service-definition.js';
import { createServiceRuntime, type RuntimeCore, type ServiceRuntime } from '../service-runtime.js';
import { startTelemetry } from '../telemetry.js';
import { CarefulServerNats } from './careful-server.js';
import { LastRequests } from './last-requests.js';
import { assertPermissionsDeclared } from './permission.js';
import { PlainJsonDeserializer, PlainJsonSerializer } from './plain-json.js';
import { RuntimeModule } from './runtime.module.js';

export interface ServiceOptions extends DatabaseOptions {
  /** The service's own parts; built with the runtime, so that aggregates and reactions may use it. */
  module?(runtime: ServiceRuntime): ModuleMetadata;
  /** HTTP set-up beyond health and metrics (the gateway's). */
  configure?(app: INestApplication, runtime: ServiceRuntime): void | Promise<void>;
  /** Port and host of the HTTP server when they are not the health port's. */
  listen?: { host: string; port: number };
  /** So long after it was asked to end it still serves whoever comes over HTTP, and has them come elsewhere next. */
  lingerMs?: number;
}

export interface RunningService {
  app: INestApplication;
  runtime: ServiceRuntime;
  /** Base address of its HTTP server. */
  url: string;
  stop(): Promise<void>;
}

/** Builds and starts a service from its definition. `define` gets what its look-ups and effects need. */
export async function startService(
  name: string,
  define: (runtime: RuntimeCore) => ServiceDefinition,
  options: ServiceOptions = {},
  config: RuntimeConfig = readConfig(name),
): Promise<RunningService> {
  const logger = createLogger(config);
  const stopTelemetry = await startTelemetry(name);
  const runtime = await createServiceRuntime(define, config, logger, options);
  const own = options.module?.(runtime) ?? {};
  const root: DynamicModule = {
    module: class ServiceModule {},
    ...own,
    imports: [RuntimeModule.of(runtime), ...(own.imports ?? [])],
  };
  const app = await NestFactory.create(root, { logger: new NestLogger(logger), bodyParser: false, abortOnError: false });
  const strategy = new CarefulServerNats(
    {
      ...(natsOptions(config) as object),
      queue: name,
      deserializer: new PlainJsonDeserializer(),
      serializer: new PlainJsonSerializer(),
    },
    logger,
  );
  app.connectMicroservice<MicroserviceOptions>({ strategy }, { inheritAppConfig: false });
  assertPermissionsDeclared(app);
  const requests = new LastRequests(app.getHttpServer() as Server);
  await options.configure?.(app, runtime);
  await app.startAllMicroservices();
  const { host, port } = options.listen ?? { host: config.healthHost, port: config.healthPort };
  await app.listen(port, host);
  runtime.start();
  const url = await app.getUrl();
  logger.info({ url, pid: process.pid }, 'started');

  let stopping: Promise<void> | undefined;
  const stop = () =>
    (stopping ??= (async () => {
      await requests.serve(options.lingerMs ?? 0);
      // What is in hand goes on as ever, and only what has no outcome by then is answered `busy`.
      const late = setTimeout(() => runtime.end(), OUTCOME_WITHIN_MS);
      const closed = within(CLOSE_WITHIN_MS, 'closing', app.close());
      await closed.catch((error: unknown) => logger.error({ error: describeError(error) }, 'closing failed'));
      clearTimeout(late);
      runtime.end();
      await Promise.all([runtime.stop(), stopTelemetry()]);
      logger.info({}, 'stopped');
    })());
  return { app, runtime, url, stop };
}

/** For what is in hand to have an outcome, and to be answered. */
const OUTCOME_WITHIN_MS = 1_000;
const CLOSE_WITHIN_MS = 2_000;
/** More than all that a stop waits for once it has begun, and less than the supervisor's patience. */
const STOP_LIMIT_MS = 4_700;

/** EX_CONFIG: another start of the same version ends the same way. The supervisor knows it. */
const NEVER_AGAIN = 78;

/**
 * `main.ts` of every service: runs until SIGTERM, SIGINT or, under the supervisor, the end of standard input. With the
 * argument `build-views` it makes the service's views for a restore instead, those that standard input wants; with
 * `migrate` it adds what the service's own tables lack and ends.
 */
export async function runService(...start: Parameters<typeof startService>): Promise<void> {
  if (process.argv[2] === 'migrate') return migrateTables(...start);
  if (process.argv[2] === 'build-views') return tellBuiltViews(...start);
  const logger = createLogger({ name: start[0], instanceId: process.env['AGENCYOS_INSTANCE_ID'] ?? '', logLevel: 'info' });
  const lingerMs = start[2]?.lingerMs ?? 0;
  let service: RunningService | undefined;
  let ending = false;
  const end = (reason: string, leave = () => endProcess(0)) => {
    if (ending) return;
    ending = true;
    logger.info({ reason }, 'stopping');
    setTimeout(() => {
      logger.error({}, 'the stop took too long');
      endProcess(1);
    }, lingerMs + STOP_LIMIT_MS).unref();
    void (service?.stop() ?? Promise.resolve()).finally(leave);
  };
  process.on('SIGTERM', () => end('SIGTERM'));
  process.on('SIGINT', () => end('SIGINT'));
  if (process.env['AGENCYOS_SUPERVISED'] === '1') {
    process.stdin.resume();
    process.stdin.on('end', () => end('the supervisor is gone'));
    process.stdin.on('error', () => end('the supervisor is gone'));
  }
  process.on('unhandledRejection', (error) => {
    logger.error({ error: describeError(error) }, 'unhandled rejection');
    process.exit(1);
  });
  try {
    service = await startService(...start);
    void service.runtime.level.outgrown.then(({ message }) => {
      logger.error({}, message);
      end('outgrown', () => process.exit(NEVER_AGAIN));
    });
  } catch (error) {
    if (error instanceof LevelOutgrown) {
      logger.error({}, error.message);
      process.exit(NEVER_AGAIN);
    }
    logger.error({ error: describeError(error) }, 'could not start');
    process.exit(1);
  }
}

async function migrateTables(...[name, , options, config = readConfig(name)]: Parameters<typeof startService>): Promise<void> {
  const logger = createLogger(config);
  try {
    const database = await openDatabase({ ...config, awaitsMigrations: false }, logger, options, FIRST_LEVEL);
    await database.destroy();
    logger.info({}, 'its tables are up to date');
    process.exit(0);
  } catch (error) {
    logger.error({ error: describeError(error) }, 'its tables could not be brought up to date');
    process.exit(1);
  }
}

async function tellBuiltViews(
  ...[name, define, options, config = readConfig(name)]: Parameters<typeof startService>
): Promise<void> {
  // Only a restore needs it.
  const { buildViews, WantedViewsList } = await import('../backup/build-views.js');
  try {
    const wanted = WantedViewsList.parse(JSON.parse(await text(process.stdin)));
    const views = await buildViews(define, config, createLogger(config), wanted, options);
    process.stdout.write(JSON.stringify(views), () => process.exit(0));
  } catch (error) {
    process.stderr.write(`${describeError(error).message}\n`, () => process.exit(1));
  }
}
