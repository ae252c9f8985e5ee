import { TestBed } from '@angular/core/testing';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Api, ProblemError, wordsOf } from './api';

type Reply = { status: number; body?: unknown } | Error;

describe('commands over REST', () => {
  const calls: { url: string; key: string; body: unknown }[] = [];
  let replies: Reply[] = [];
  let api: Api;

  beforeEach(() => {
    jest.useFakeTimers();
    calls.length = 0;
    globalThis.fetch = (async (url: string, { headers, body }: RequestInit) => {
      const key = (headers as Record<string, string>)['idempotency-key'] ?? '';
      calls.push({ url, key, body: JSON.parse(String(body)) });
      const reply = replies.shift() ?? { status: 500 };
      if (reply instanceof Error) throw reply;
      const text = reply.body === undefined ? '' : JSON.stringify(reply.body);
      return { ok: reply.status < 400, status: reply.status, text: async () => text } as Response;
    }) as typeof fetch;
    api = TestBed.inject(Api);
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const send = async () => {
    const answer = api.command('kanban', 'MoveCards', { boardId: 'b' }, 'an id');
    const settled = answer.catch((error: unknown) => error);
    await jest.runAllTimersAsync();
    return settled;
  };

  it('are sent under their id', async () => {
    replies = [{ status: 200, body: { position: '7' } }];
    expect(await send()).toEqual({ position: '7' });
    expect(calls[0]).toMatchObject({ url: '/api/v1/kanban/MoveCards', key: 'an id', body: { boardId: 'b' } });
  });

  it('are refused in the words of the server', async () => {
    const problem = {
      type: '',
      title: 'Full',
      status: 409,
      code: 'wip_limit',
      detail: 'In progress is full: 4 of 4.',
    };
    replies = [{ status: 409, body: problem }];
    const error = await send();
    expect(error).toBeInstanceOf(ProblemError);
    expect((error as ProblemError).code).toBe('wip_limit');
    expect(wordsOf(error)).toBe('In progress is full: 4 of 4.');
    expect(calls).toHaveLength(1);
  });

  it('give a problem a code even where a proxy answered', async () => {
    replies = [{ status: 404 }];
    expect((await send()) as ProblemError).toMatchObject({ code: 'http_404', status: 404 });
  });
});

describe('what was asked before the program was here (fault 36)', () => {
  const answer = (body: unknown) =>
    ({ ok: true, status: 200, text: async () => JSON.stringify(body) }) as Response;
  const path = '/api/v1/me';
  let api: Api;

  beforeEach(() => {
    globalThis.fetch = async () => answer('asked now');
    api = TestBed.inject(Api);
  });
  afterEach(() => {
    globalThis.agencyosAsked = undefined;
  });

  it('is taken once', async () => {
    globalThis.agencyosAsked = new Map([[path, Promise.resolve(answer('asked before'))]]);
    expect(await api.get(path)).toBe('asked before');
    expect(await api.get(path)).toBe('asked now');
  });

  it('is asked again where no answer came', async () => {
    globalThis.agencyosAsked = new Map([[path, Promise.resolve(undefined)]]);
    expect(await api.get(path)).toBe('asked now');
  });
});
