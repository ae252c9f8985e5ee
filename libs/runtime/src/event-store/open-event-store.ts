import type { Pool } from 'pg';
import { describeError, pause } from '../background.js';
import type { RuntimeConfig } from '../config.js';
import type { Logger } from '../logger.js';
import { bindLog, WrongLog } from './bound-log.js';
import { type EventStore, PositionBeyondLog } from './event-store.js';
import type { KurrentDbEventStoreOptions } from './kurrentdb/index.js';
import { PostgresEventStore } from './postgres/postgres-event-store.js';

const TELL_AFTER_MS = 1_000;

/**
 * The log that the configuration names, once it answers.
 * @param pool PostgreSQL with the schema `eventstore`
 * @throws WrongLog, PositionBeyondLog
 */
export async function openEventStore(config: RuntimeConfig, pool: Pool, logger: Logger): Promise<EventStore> {
  const onFault = (error: unknown) => logger.warn({ error: describeError(error) }, 'the log could not be read; trying again');
  const store = config.kurrentdbUrl
    ? await kurrentDb({ url: config.kurrentdbUrl, pool, onFault })
    : new PostgresEventStore({ url: config.databaseUrl, name: `agencyos-${config.name}-log`, onFault });
  const url = config.kurrentdbUrl && withoutSecrets(config.kurrentdbUrl);
  for (;;) {
    // The client goes on looking for a server for a minute: who starts is told what it waits for before that.
    const waiting = setTimeout(() => logger.warn({ url }, 'waiting for KurrentDB: it does not answer'), TELL_AFTER_MS);
    try {
      await bindLog(pool, store);
      return store;
    } catch (error) {
      const final = error instanceof WrongLog || error instanceof PositionBeyondLog;
      if (final || !config.kurrentdbUrl) {
        await store.close();
        throw error;
      }
      logger.warn({ url, error: describeError(error).message }, 'waiting for KurrentDB');
    } finally {
      clearTimeout(waiting);
    }
    await pause(500);
  }
}

const withoutSecrets = (url: string) => url.replace(/\/\/[^@/]*@/, '//').replace(/\?.*/, '');

/** Loaded only where it is used. */
async function kurrentDb(options: KurrentDbEventStoreOptions): Promise<EventStore> {
  const { KurrentDbEventStore } = await import('./kurrentdb/index.js');
  return new KurrentDbEventStore(options);
}
