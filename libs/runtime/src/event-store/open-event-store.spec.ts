import { expect, it } from '@jest/globals';
import type { Pool } from 'pg';
import { readConfig } from '../config.js';
import type { Logger } from '../logger.js';
import { openEventStore } from './open-event-store.js';

const config = (KURRENTDB_URL: string) => readConfig('swarm', { DATABASE_URL: 'postgres://unused', KURRENTDB_URL });
const loggerOf = (said: (fields: object, message: string) => void) => ({ warn: said }) as unknown as Logger;

it('a KurrentDB that never says that it refused is refused itself, with what to do (fault 22)', async () => {
  const url = 'kurrentdb://127.0.0.1:2113?tls=false&throwOnAppendFailure=false';
  const opening = openEventStore(
    config(url),
    {} as Pool,
    loggerOf(() => undefined),
  );
  await expect(opening).rejects.toThrow('KURRENTDB_URL says throwOnAppendFailure=false');
});

it('says what is waited for while KurrentDB is away at the start, without its password (fault 22)', async () => {
  let told!: (line: object) => void;
  const line = new Promise<object>((resolve) => (told = resolve));
  // Nobody listens there; the start goes on waiting, and ends with this worker.
  const logger = loggerOf((fields, message) => told({ fields, message }));
  const url = 'kurrentdb://admin:secret@127.0.0.1:1?tls=false';
  const waiting = openEventStore(config(url), {} as Pool, logger);
  waiting.catch(() => undefined);
  const first = JSON.stringify(await line);
  expect(first).toContain('waiting for KurrentDB');
  expect(first).not.toContain('secret');
});
