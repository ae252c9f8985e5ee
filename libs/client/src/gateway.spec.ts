import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Gateway, type GatewayOptions } from './gateway.js';
import { NoAnswer, ProblemError, refusalOf } from './problem-error.js';

type Reply = { status: number; body?: unknown; text?: string } | Error;

const MOVE = { boardId: 'b', cardIds: ['c'], toColumnId: 'done' };
const full = {
  ...{ type: '', title: 'Full', status: 409, code: 'wip_limit', detail: 'In progress is full: 4 of 4.' },
  ...{ field: 'toColumnId', correlationId: 'c-1' },
};
const receipt = { stream: 'board-b', revision: 3, position: '7' };

describe('commands over REST', () => {
  const calls: { url: string; init: RequestInit; key: string; body: unknown }[] = [];
  let replies: Reply[];

  beforeEach(() => {
    jest.useFakeTimers();
    calls.length = 0;
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const answer = async (url: string, init: RequestInit): Promise<Response> => {
    const key = (init.headers as Record<string, string>)['idempotency-key'] ?? '';
    calls.push({ url, init, key, body: JSON.parse(String(init.body)) });
    const reply = replies.shift() ?? { status: 500 };
    if (reply instanceof Error) throw reply;
    const text = reply.text ?? (reply.body === undefined ? '' : JSON.stringify(reply.body));
    return { ok: reply.status < 400, status: reply.status, text: async () => text } as Response;
  };
  const send = async (options: GatewayOptions = {}) => {
    const gateway = new Gateway({ fetch: answer, ...options });
    const settled = gateway.command('kanban', 'MoveCards', MOVE, 'an id').catch((error: unknown) => error);
    await jest.runAllTimersAsync();
    return settled;
  };

  it('are sent under their id', async () => {
    replies = [{ status: 200, body: receipt }];
    expect(await send()).toEqual(receipt);
    expect(calls[0]).toMatchObject({ url: '/api/v1/kanban/MoveCards', key: 'an id', body: MOVE });
    expect(calls[0]?.init.redirect).toBeUndefined();
  });

  it('say by a token who sends them, to this address alone', async () => {
    replies = [{ status: 200, body: receipt }];
    await send({ url: 'http://127.0.0.1:8400', token: 'secret' });
    expect(calls[0]).toMatchObject({
      url: 'http://127.0.0.1:8400/api/v1/kanban/MoveCards',
      init: { redirect: 'manual', headers: { authorization: 'Bearer secret' } },
    });
  });

  it('are refused in the words of the server', async () => {
    replies = [{ status: 409, body: full }];
    const error = await send({ patienceMs: 60_000 });
    expect(error).toBeInstanceOf(ProblemError);
    expect(error).toMatchObject({ code: 'wip_limit', field: 'toColumnId', correlationId: 'c-1', message: full.detail });
    expect(refusalOf(error, 'MoveCards')).toBe('wip_limit');
    expect(calls).toHaveLength(1);
  });

  it('give a problem a code even where a proxy or another program answered', async () => {
    replies = [{ status: 404 }];
    expect(await send()).toMatchObject({ code: 'http_404', status: 404 });
    replies = [{ status: 200, text: '<html>' }];
    expect(await send({ patienceMs: 60_000 })).toMatchObject({ code: 'http_200' });
    expect(calls).toHaveLength(2);
  });

  it('without patience are sent once, and it is not known whether they had an effect', async () => {
    replies = [new TypeError('network'), { status: 200, body: receipt }];
    const error = await send();
    expect(error).toBeInstanceOf(NoAnswer);
    expect(refusalOf(error, 'MoveCards')).toBeUndefined();
    expect(calls).toHaveLength(1);
  });

  it('with patience are repeated under their id until they are answered', async () => {
    const busy = [503, 429, 409].map((status) => ({
      status,
      body: { ...full, status, code: status === 409 ? 'in_flight' : 'x' },
    }));
    replies = [new TypeError('network'), ...busy, { status: 502 }, { status: 200, body: receipt }];
    expect(await send({ patienceMs: 60_000 })).toEqual(receipt);
    expect(calls.map(({ key }) => key)).toEqual(Array.from({ length: 6 }, () => 'an id'));
  });

  it('are given up when patience ends', async () => {
    replies = Array.from({ length: 100 }, () => new TypeError('network'));
    expect(await send({ patienceMs: 10_000 })).toBeInstanceOf(NoAnswer);
    expect(calls.length).toBeGreaterThan(5);
    expect(calls.length).toBeLessThan(15);
  });
});

describe('a view over REST', () => {
  it('has its rows by their names', async () => {
    const page = {
      kind: 'board',
      id: 'b1',
      epoch: 'e1',
      revision: 5,
      rows: { board: { key: 'REL' }, 'card/1': { title: 'One' } },
    };
    const asked: string[] = [];
    const gateway = new Gateway({
      fetch: async (url) => {
        asked.push(url);
        return { ok: true, status: 200, text: async () => JSON.stringify(page) } as Response;
      },
    });
    const view = await gateway.view('board', 'b1');
    expect(view.row('board')?.key).toBe('REL');
    expect(view.list('card').map(({ title }) => title)).toEqual(['One']);
    expect(view.revision).toBe(5);
    expect(asked).toEqual(['/api/v1/views/board/b1']);
  });
});
