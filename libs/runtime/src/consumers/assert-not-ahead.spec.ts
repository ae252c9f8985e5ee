import { describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { PositionBeyondLog, type EventStore } from '../event-store/event-store.js';
import { assertNotAhead } from './assert-not-ahead.js';

/** The furthest that anybody has read, and the end of the log. */
function check(position: string | null | undefined, head: bigint): Promise<void> {
  const database = { query: async () => (position === undefined ? [] : [{ position }]) } as unknown as DataSource;
  return assertNotAhead(database, { head: async () => head } as EventStore);
}

describe('a log', () => {
  it('that ends where it was read to is the one that was read', async () => {
    await check('17', 17n);
    await check('17', 18n);
  });

  it('that ends one position earlier was restored from an older copy', async () => {
    await expect(check('17', 16n)).rejects.toThrow(PositionBeyondLog);
    await expect(check('17', 16n)).rejects.toMatchObject({ position: 17n });
  });

  it('that nobody has read yet may be empty', async () => {
    await check(null, 0n);
    await check(undefined, 0n);
    await check('0', 0n);
  });
});
