import { expect, it } from '@jest/globals';
import type { Background, Logger } from '@agencyos/runtime';
import type { DataSource } from 'typeorm';
import { AccessLog } from './access-log.js';

function setUp(stored: string[], query: () => Promise<void> = async () => undefined) {
  const database = {
    async query(_sql: string, [json]: [string]) {
      await query();
      stored.push(...(JSON.parse(json) as { actor: string }[]).map(({ actor }) => actor));
    },
  };
  const logger = { error: () => undefined } as unknown as Logger;
  return new AccessLog(database as unknown as DataSource, {} as Background, logger);
}

const refusal = (actor: string) => ({
  ...{ actor, what: 'refused' as const, outcome: 'forbidden', subject: 'GET /x', address: '', correlationId: '' },
});

it('keeps so many rows of one actor a minute, whoever it is: nobody fills the table (fault 13)', async () => {
  const stored: string[] = [];
  const log = setUp(stored);
  for (let n = 0; n < 500; n++) log.record(refusal('agent:loud'));
  log.record(refusal('user:quiet'));
  await log.flush();
  expect(stored.filter((actor) => actor === 'agent:loud')).toHaveLength(60);
  expect(stored).toContain('user:quiet');
});

it('keeps its rows while the database is away (fault 13)', async () => {
  const stored: string[] = [];
  let away = true;
  const log = setUp(stored, async () => {
    if (away) throw Object.assign(new Error('away'), { code: 'ECONNREFUSED' });
  });
  log.record(refusal('user:a'));
  await expect(log.flush()).rejects.toThrow('away');
  away = false;
  await log.flush();
  expect(stored).toEqual(['user:a']);
});
