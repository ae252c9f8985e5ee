import 'reflect-metadata';
import { newId } from '@agencyos/contracts';
import { expect, it } from '@jest/globals';
import type { Response } from 'express';
import { RateLimits } from '../http/rate-limits.js';
import { ViewState } from './pure/view-state.js';
import { ViewsController } from './views.controller.js';

it('a view of 20,000 rows costs a reader as much as a hundred requests, a small one nothing more', async () => {
  const id = newId();
  const views = [20_000, 100].map((count) => {
    const rows = new Map(Array.from({ length: count }, (_, n) => [`card/${n}`, n]));
    return new ViewState('board', id, 'e1', 1, rows);
  });
  let view = views[0]!;
  let now = 0;
  const feed = { cache: { get: async () => view } };
  const everything = { seesRow: () => true, keyOf: () => '' };
  const controller = new ViewsController(
    feed as never,
    { cutOff: false } as never,
    new RateLimits(true, () => now),
    everything as never,
  );
  const response = (principal: string) =>
    ({ locals: { caller: { principal, permissions: ['board:read'] } }, setHeader: () => undefined }) as unknown as Response;
  const read = (principal = 'user:one') => controller.view('board', id, {}, response(principal));
  for (let n = 0; n < 4; n++) expect(Object.keys((await read()).rows)).toHaveLength(20_000);
  await expect(read()).rejects.toMatchObject({ code: 'too_many_requests', details: { retryAfterMs: 1_000 } });
  await read('user:two');
  view = views[1]!;
  await read();
  view = views[0]!;
  now += 1_000;
  await read();
});

it.each([
  [{ limit: '' }, 'limit'],
  [{ limit: ' ' }, 'limit'],
  [{ limit: '0x10' }, 'limit'],
  [{ limit: '1e2' }, 'limit'],
  [{ limit: 'abc' }, 'limit'],
  [{ limit: ['1', '2'] }, 'limit'],
  [{ limit: '501' }, 'limit'],
  [{ limit: '-1' }, 'limit'],
  [{ offset: '' }, 'offset'],
  [{ offset: '1.5' }, 'offset'],
  [Object.fromEntries([['__proto__', 'x']]), 'filter.__proto__'],
])('a window asked for by %j is refused by the name of what is wrong', async (query, field) => {
  const everything = { requireAll: () => undefined };
  const feed = { readWindow: async () => ({}) };
  const controller = new ViewsController(feed as never, { cutOff: false } as never, new RateLimits(false), everything as never);
  const caller = { principal: 'user:one', permissions: ['run:read'] };
  const response = { locals: { caller }, setHeader: () => undefined } as unknown as Response;
  await expect(controller.window('run-list', 'all', { limit: '5' }, response)).resolves.toEqual({});
  await expect(controller.window('run-list', 'all', query as Record<string, string>, response)).rejects.toMatchObject({
    details: { field },
  });
});
