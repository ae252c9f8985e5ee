import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { ids, newId, subjects } from '@agencyos/contracts';
import { installation } from '@agencyos/contracts/installation';
import { until } from '@agencyos/testing';
import type { NatsConnection } from '@nats-io/transport-node';
import { startHarness, type CallOptions, type Harness } from './harness.js';

let harness: Harness;
let ownerId: string;
beforeAll(async () => {
  harness = await startHarness();
  ownerId = ids.seed(harness.service.runtime.config.installationId, 'owner');
});
afterAll(() => harness?.stop());

const ROLES = '/api/v1/identity/SetUserRoles';
const post = (raw: string, options: CallOptions = {}, path = ROLES) =>
  harness.call('POST', path, {
    raw,
    token: harness.ownerToken,
    ...options,
    headers: { 'content-type': 'application/json', 'idempotency-key': newId(), ...options.headers },
  });

async function problem(response: Response) {
  expect(response.headers.get('content-type')).toContain('application/problem+json');
  const body = (await response.json()) as Record<string, unknown>;
  expect(body).toMatchObject({
    status: response.status,
    correlationId: response.headers.get('x-correlation-id'),
  });
  return { status: response.status, ...body };
}
const refused = async (response: Promise<Response>) => problem(await response);

describe('bad requests (numbers of the list in the reliability notes)', () => {
  it('1 malformed JSON is told its position', async () =>
    expect(await refused(post('{"userId": oops}'))).toMatchObject({
      status: 400,
      code: 'malformed_json',
      position: 11,
    }));

  it('1 a body that is not UTF-8 is refused, not kept as another text (fault 2)', async () => {
    const body = Buffer.from([...Buffer.from('{"userId":"'), 0xc3, 0x28, ...Buffer.from('"}')]);
    const response = fetch(`${harness.url}${ROLES}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': newId(), authorization: `Bearer ${harness.ownerToken}` },
      body,
    });
    expect(await refused(response)).toMatchObject({ status: 400, code: 'malformed_body', detail: 'The body is not UTF-8.' });
  });

  it('2 a wrong content type is 415', async () =>
    expect(await refused(post('userId=1', { headers: { 'content-type': 'text/plain' } }))).toMatchObject({
      status: 415,
    }));

  it('3 a body over 256 KiB is 413 with the limit', async () =>
    expect(await refused(post(JSON.stringify({ userId: 'x'.repeat(256 * 1024) })))).toMatchObject({
      status: 413,
      limit: 262_144,
    }));

  it('4 nesting over 32 levels is 400 with the limit', async () =>
    expect(await refused(post(`{"roles":${'['.repeat(40)}${']'.repeat(40)}}`))).toMatchObject({
      status: 400,
      limit: 32,
    }));

  it('5 a __proto__ key is 400', async () =>
    expect(await refused(post('{"__proto__": {"roles": ["admin"]}}'))).toMatchObject({
      status: 400,
      field: '__proto__',
    }));

  it('6 an unknown field is 400 and named', async () =>
    expect(await refused(post(JSON.stringify({ userId: ownerId, roles: ['admin'], rank: 1 })))).toMatchObject({
      status: 400,
      code: 'unknown_field',
      field: 'rank',
    }));

  it('7 an empty, oversized or disguised text is 422', async () => {
    for (const reason of [' ', 'x'.repeat(2_001), 'a\0b', 'a\u202eb']) {
      const response = post(JSON.stringify({ tokenId: newId(), reason }), {}, '/api/v1/identity/RevokeToken');
      expect(await refused(response)).toMatchObject({ status: 422, code: 'invalid', field: 'reason' });
    }
  });

  it('7 half of a surrogate pair, NUL in a name and a number that would be another one are 422 (faults 1, 2 and 3)', async () => {
    const wrong: [string, string][] = [
      [String.raw`{"tokenId":"1","reason":"\ud83d"}`, 'reason'],
      [String.raw`{"tokenId":"1","reason":"x","a\u0000":1}`, 'a\ufffd'],
      ['{"tokenId":9007199254740993}', 'tokenId'],
      ['{"tokenId":"1","reason":{"a":[1e400]}}', 'reason.a.0'],
    ];
    for (const [raw, field] of wrong) {
      const response = post(raw, {}, '/api/v1/identity/RevokeToken');
      expect(await refused(response)).toMatchObject({ status: 422, code: 'invalid', field });
    }
    const login = harness.call('POST', '/api/v1/login', {
      raw: String.raw`{"name":"\ud83d","password":"\u0000"}`,
      headers: { 'content-type': 'application/json' },
    });
    expect(await refused(login)).toMatchObject({ status: 422, field: 'name' });
  });

  it('3 what anybody may send is at most 4 KiB, and nothing is read of those who may not call (fault 14)', async () => {
    const deep = `${'['.repeat(60_000)}${']'.repeat(60_000)}`;
    const call = (path: string, raw: string, token?: string) =>
      refused(
        harness.call('POST', path, {
          raw,
          headers: { 'content-type': 'application/json' },
          ...(token && { token }),
        }),
      );
    for (const path of ['/api/v1/login', '/api/v1/setup'])
      expect(await call(path, deep)).toMatchObject({ status: 413, limit: 4_096 });
    expect(await call('/api/v1/login', '['.repeat(4_000))).toMatchObject({ status: 400, code: 'too_deep' });
    expect(await call(ROLES, 'not json')).toMatchObject({ status: 401 });
    expect(await call(ROLES, deep, harness.cliToken)).toMatchObject({ status: 400, code: 'too_deep' });
  });

  it('8 a malformed id is 400', async () =>
    expect(await refused(post(JSON.stringify({ userId: '42', roles: ['admin'] })))).toMatchObject({
      status: 400,
      code: 'malformed_id',
      field: 'userId',
    }));

  it('9 a missing or malformed Idempotency-Key is 400', async () => {
    const body = JSON.stringify({ userId: ownerId, roles: ['admin'] });
    expect(await refused(post(body, { headers: { 'idempotency-key': '' } }))).toMatchObject({
      status: 400,
      code: 'idempotency_key_missing',
    });
    expect(await refused(post(body, { headers: { 'idempotency-key': 'again' } }))).toMatchObject({
      status: 400,
      field: 'Idempotency-Key',
    });
  });

  it('10 a key used again is answered the same, with another body 422', async () => {
    const headers = { 'idempotency-key': newId() };
    const userId = ownerId;
    const first = await post(JSON.stringify({ userId, roles: ['admin', 'viewer'] }), { headers });
    expect(first.status).toBe(200);
    const again = await post(JSON.stringify({ roles: ['admin', 'viewer'], userId }), { headers });
    expect(await again.json()).toEqual(await first.json());
    const other = post(JSON.stringify({ userId, roles: ['admin'] }), { headers });
    expect(await refused(other)).toMatchObject({ status: 422, code: 'idempotency_conflict' });
  });

  it.each([
    ['limit', '1000000000'],
    ['after', '-1'],
  ])('19 a limit or cursor that is none is 400: %s=%s', async (field, value) => {
    const address = `/api/v1/views/directory/all?${field}=${value}`;
    expect(await refused(harness.call('GET', address, { token: harness.ownerToken }))).toMatchObject({
      status: 400,
      field,
    });
  });

  it('20 forged and unknown tokens are 401', async () => {
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"sub":"admin"}').toString('base64url')}.`;
    for (const token of [unsigned, 'agencyos_guess']) {
      expect(await refused(harness.call('GET', '/api/v1/me', { token }))).toMatchObject({
        status: 401,
        code: 'unauthenticated',
      });
    }
    expect(
      await refused(harness.call('GET', '/api/v1/me', { headers: { authorization: 'Basic YWRtaW46YWRtaW4=' } })),
    ).toMatchObject({ status: 401 });
    expect(await refused(harness.call('GET', '/api/v1/me'))).toMatchObject({ status: 401 });
  });

  it('what does not exist is 404, also a command of another context and one with a route of its own', async () => {
    for (const path of ['identity/MakeCoffee', 'kanban/SetUserRoles', 'identity/IssueToken']) {
      expect(await refused(harness.command(path, {}))).toMatchObject({ status: 404, code: 'not_found' });
    }
    expect(await refused(harness.call('GET', '/api/v1/nowhere', { token: harness.ownerToken }))).toMatchObject({
      status: 404,
    });
    expect(await refused(harness.call('GET', '/api/v1/views/secrets/all', { token: harness.ownerToken }))).toMatchObject({
      status: 404,
    });
  });

  it('a correlation id is taken over if it is harmless', async () => {
    const offered = async (id: string) =>
      (await harness.call('GET', '/api/v1/me', { headers: { 'x-correlation-id': id } })).headers.get('x-correlation-id');
    expect(await offered('order-42')).toBe('order-42');
    expect(await offered('a b')).not.toBe('a b');
  });
});

describe('content', () => {
  const bytes = Buffer.from('tasks: []\n');
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  const put = (address: string, raw: Uint8Array) =>
    harness.call('PUT', `/api/v1/content/${address}`, {
      raw,
      token: harness.ownerToken,
      headers: { 'content-type': 'application/yaml' },
    });

  it('is stored under its digest and comes back as a download', async () => {
    expect(await (await put(digest, bytes)).json()).toEqual({
      digest,
      bytes: bytes.length,
      mediaType: 'application/yaml',
    });
    const response = await harness.call('GET', `/api/v1/content/${digest}`, { token: harness.ownerToken });
    expect(await response.text()).toBe(bytes.toString());
    expect(response.headers.get('content-disposition')).toContain('attachment');
    expect(response.headers.get('content-security-policy')).toContain('sandbox');
  });

  it('is downloaded under the name that is asked for, and never as what a browser runs', async () => {
    const page = Buffer.from('<script>alert(1)</script>');
    const address = `sha256:${createHash('sha256').update(page).digest('hex')}`;
    await harness.call('PUT', `/api/v1/content/${address}`, {
      ...{ raw: page, token: harness.cliToken, headers: { 'content-type': 'text/html' } },
    });
    const get = (query: string) => harness.call('GET', `/api/v1/content/${address}${query}`, { token: harness.cliToken });
    const { headers } = await get('?name=page.html');
    expect(headers.get('content-disposition')).toBe('attachment; filename="page.html"');
    expect(headers.get('content-type')).toBe('application/octet-stream');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    for (const name of ['a%22b', '..', 'a%0d%0ab', '.bashrc', ''])
      expect(await refused(get(`?name=${name}`))).toMatchObject({ status: 422, field: 'name' });
  });

  it('is refused under another digest, without rights and above 16 MiB', async () => {
    expect(await refused(put(`sha256:${'0'.repeat(64)}`, bytes))).toMatchObject({
      status: 422,
      code: 'digest_mismatch',
      actual: digest,
    });
    expect(await refused(put('latest', bytes))).toMatchObject({ status: 400 });
    expect(await refused(harness.call('PUT', `/api/v1/content/${digest}`, { raw: bytes }))).toMatchObject({
      status: 401,
    });
    expect(await refused(put(digest, Buffer.alloc(16 * 1024 * 1024 + 1)))).toMatchObject({ status: 413 });
  });
});

describe('health', () => {
  it('of the gateway itself does not depend on services that do not answer', async () => {
    const health = async (path: string) => {
      const response = await harness.call('GET', `/health/${path}`);
      return [response.status, await response.json()];
    };
    expect(await health('self')).toEqual([200, { status: 'ok', missing: [] }]);
    const services = installation.services.flatMap(({ name, awaited }) => (awaited ? [name] : []));
    expect(await health('ready')).toEqual([503, { status: 'waiting', missing: services }]);
  });
});

describe('a service behind us', () => {
  let kanban: NatsConnection;
  const columnId = newId();
  const card = { cardId: newId(), toColumnId: columnId };
  const move = (key = newId()) =>
    harness.command(
      'kanban/MoveCards',
      { boardId: newId(), cardIds: [card.cardId], toColumnId: columnId },
      { headers: { 'idempotency-key': key } },
    );
  beforeAll(async () => void (kanban = await harness.connectAs('kanban')), 30_000);

  it('that does not answer is 503 with Retry-After, and the outcome is open', async () => {
    const response = await move();
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await problem(response)).toMatchObject({ status: 503, code: 'busy' });
    expect(await refused(harness.call('GET', '/api/v1/views/run-list/all', { token: harness.ownerToken }))).toMatchObject({
      status: 503,
    });
  });

  it('gets the actor from us and answers through us; 11 a key in flight is 409', async () => {
    const key = newId();
    let release!: () => void;
    const released = new Promise<void>((resolve) => (release = resolve));
    let arrived!: (message: unknown) => void;
    const received = new Promise((resolve) => (arrived = resolve));
    const subscription = kanban.subscribe(subjects.command('kanban', 'board', '*'), {
      callback: (_error, message) => {
        const [command] = message.json<{ id: string }[]>();
        arrived({ subject: message.subject, command });
        void released.then(() =>
          message.respond(JSON.stringify([{ id: command!.id, stream: 'board-1', revision: 3, position: '7' }])),
        );
      },
    });
    await kanban.flush();
    const first = move(key);
    expect(await received).toMatchObject({
      subject: 'agencyos.cmd.kanban.board.gateway',
      command: {
        id: key,
        type: 'MoveCards',
        metadata: { actor: `user:${ownerId}`, permissions: expect.arrayContaining(['board:write']) as never },
      },
    });
    const again = await move(key);
    expect(Number(again.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await problem(again)).toMatchObject({ status: 409, code: 'in_flight' });
    release();
    expect(await (await first).json()).toEqual({ stream: 'board-1', revision: 3, position: '7' });
    subscription.unsubscribe();
  });
});

describe('what a service refuses', () => {
  const refusal = (code: string, status: number, more: object) => ({
    ...{ type: `urn:agencyos:problem:${code}`, status, code },
    ...more,
  });
  it.each([
    ['12 a stale version', refusal('stale_column', 409, { present: { revision: 7 } })],
    ['13 an illegal move', refusal('card_follows_source', 422, { allowed: [{ columnId: newId() }] })],
    ['14 a full column', refusal('wip_limit', 409, { limit: 3 })],
    ['15 a board that is not there', refusal('not_found', 404, {})],
  ])('%s reaches the caller with all it says', async (_, told) => {
    const kanban = await harness.connectAs('kanban');
    const subscription = kanban.subscribe(subjects.command('kanban', 'board', '*'), {
      callback: (_error, message) => {
        const [command] = message.json<{ id: string }[]>();
        message.respond(JSON.stringify([{ id: command!.id, problem: { ...told, title: 'Refused' } }]));
      },
    });
    await kanban.flush();
    const data = { boardId: newId(), cardIds: [newId()], toColumnId: newId() };
    expect(await refused(harness.command('kanban/MoveCards', data))).toMatchObject(told);
    subscription.unsubscribe();
    await kanban.close();
  });
});

describe('while PostgreSQL is away', () => {
  it('nothing is let through, and everything works again afterwards', async () => {
    await harness.servers.restartPostgres();
    const asked = async () => (await harness.call('GET', '/api/v1/me', { token: harness.ownerToken })).status;
    expect(await until(asked, (status) => status !== 503)).toBe(200);
  });
});
