import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ids, newId, subjects, type ViewDelta, type ViewPage } from '@agencyos/contracts';
import { until } from '@agencyos/testing';
import type { NatsConnection } from '@nats-io/transport-node';
import { cookieOf, startHarness, type Harness } from './harness.js';
import { clientOf, LiveClient, ticketOf } from './live-client.js';

let harness: Harness;
let kanban: NatsConnection;
let ownerId: string;
beforeAll(async () => {
  harness = await startHarness();
  ownerId = ids.seed(harness.service.runtime.config.installationId, 'owner');
  kanban = await harness.connectAs('kanban');
});
afterAll(() => harness?.stop());

const PASSWORD = 'correct horse battery';

async function viewer(name: string): Promise<{ userId: string; cookie: string }> {
  const body = { name, password: PASSWORD, roles: ['viewer'] };
  const added = await harness.call('POST', '/api/v1/users', { token: harness.ownerToken, body });
  const { userId } = (await added.json()) as { userId: string };
  const cookie = await until(async () => {
    const login = await harness.call('POST', '/api/v1/login', { body: { name, password: PASSWORD } });
    return login.ok ? cookieOf(login) : undefined;
  });
  return { userId, cookie };
}

/** One at a time: NATS denies a connection's answer to what reached it by two subscriptions. */
const boards: Array<() => void> = [];
afterEach(() => boards.splice(0).forEach((stop) => stop()));

/** Answers for kanban with one board. */
function serveBoard(boardId: string, rows: Record<string, unknown>) {
  const page: ViewPage = { kind: 'board', id: boardId, epoch: 'e1', revision: 1, rows };
  const subscription = kanban.subscribe(subjects.query('kanban', 'board', '*'), {
    callback: (_error, message) => {
      const keys = Object.keys(page.rows).sort();
      const { id, after = '' } = message.json<{ id: string; after?: string }>();
      if (id !== boardId) return void message.respond(JSON.stringify({ ...page, id, revision: 0, rows: {} }));
      const next = keys.filter((key) => key > after).slice(0, 500);
      const left = keys.filter((key) => key > (next.at(-1) ?? after)).length;
      const part = Object.fromEntries(next.map((key) => [key, page.rows[key]]));
      message.respond(JSON.stringify({ ...page, rows: part, ...(left > 0 && { next: next.at(-1) }) }));
    },
  });
  boards.push(() => subscription.unsubscribe());
  return {
    change(key: string, value: unknown) {
      const delta: ViewDelta = {
        kind: 'board',
        id: boardId,
        epoch: 'e1',
        from: page.revision,
        to: ++page.revision,
        ops: [{ op: 'put', key, value }],
      };
      page.rows = { ...page.rows, [key]: value };
      kanban.publish(subjects.view('board', boardId), JSON.stringify(delta));
      return delta;
    },
    page,
  };
}

describe('the door', () => {
  it('21 refuses a foreign origin with 403 and lets our own in', async () => {
    await expect(LiveClient.open(harness, { origin: 'http://evil.example' })).rejects.toThrow('403');
    const client = await LiveClient.open(harness, { origin: harness.url });
    client.close();
  });

  it('22 closes with 1008 who does not say hello in time', async () => {
    const client = await LiveClient.open(harness);
    expect(await client.closing()).toMatchObject({ code: 1008 });
  });

  it('takes a ticket once, and no invented one', async () => {
    const ticket = await ticketOf(harness, { token: harness.ownerToken });
    const first = await LiveClient.open(harness);
    first.send('hello', { ticket });
    expect((await first.next('welcome')).data).toMatchObject({ user: { name: 'admin' } });
    for (const used of [ticket, 'guess']) {
      const second = await LiveClient.open(harness);
      second.send('hello', { ticket: used });
      expect(await second.closing()).toMatchObject({ code: 1008 });
    }
    first.close();
  });

  it('closes with 1008 whoever has 100 sockets open, until one of them is closed (fault 16)', async () => {
    const { cookie } = await viewer('wayne');
    const open = await Promise.all(Array.from({ length: 100 }, () => LiveClient.welcomed(harness, { cookie })));
    const refused = await LiveClient.open(harness);
    refused.send('hello', { ticket: await ticketOf(harness, { cookie }) });
    expect(await refused.closing()).toEqual({
      code: 1008,
      reason: 'too many connections of the same person',
    });
    const other = await LiveClient.welcomed(harness);
    open[0]!.close();
    await open[0]!.closing();
    const next = await until(async () => {
      const client = await LiveClient.open(harness);
      client.send('hello', { ticket: await ticketOf(harness, { cookie }) });
      const welcomed = () => client.frames.some(({ event }) => event === 'welcome');
      return (await until(() => (welcomed() ? 'welcome' : client.closed))) === 'welcome' ? client : undefined;
    });
    for (const client of [...open, other, next]) client.close();
  });

  it('shows nothing before hello', async () => {
    const client = await LiveClient.open(harness);
    client.send('subscribe', { kind: 'directory', id: 'all' });
    expect((await client.next('error')).data).toMatchObject({ code: 'unauthenticated', kind: 'directory' });
    client.close();
  });
});

describe('frames', () => {
  it.each(['no json', '[]', '{"data": 1}'])('23 that are not {event, data} close with 1007: %s', async (text) => {
    const client = await LiveClient.welcomed(harness);
    client.socket.send(text);
    expect(await client.closing()).toMatchObject({ code: 1007 });
  });

  it('24 over 64 KiB close with 1009', async () => {
    const client = await LiveClient.welcomed(harness);
    client.send('subscribe', { kind: 'x'.repeat(64 * 1024), id: 'all' });
    expect(await client.closing()).toMatchObject({ code: 1009 });
  });

  it('25 more than 50 in a second close with 1008', async () => {
    const client = await LiveClient.welcomed(harness);
    for (let n = 0; n < 120; n++) client.send('ping', {});
    expect(await client.closing()).toMatchObject({ code: 1008 });
  });

  it('that are unknown or wrong get an error, and the socket stays', async () => {
    const client = await LiveClient.welcomed(harness);
    client.send('dance', {});
    expect((await client.next('error')).data).toMatchObject({ code: 'unknown_event' });
    client.send('subscribe', { kind: 'directory', id: 'all', rows: 5 });
    expect((await client.next('error')).data).toMatchObject({ code: 'unknown_field' });
    client.send('subscribe', { kind: 'directory', id: 'all', epoch: 'e', revision: -1 });
    expect((await client.next('error')).data).toMatchObject({
      code: 'invalid',
      detail: expect.stringContaining('revision'),
    });
    client.send('subscribe', { kind: 'secrets', id: 'all' });
    expect((await client.next('error')).data).toMatchObject({ code: 'not_found' });
    client.send('ping', {});
    await client.next('pong');
    client.close();
  });
});

describe('views', () => {
  it('come as a snapshot, then as deltas of what really happens', async () => {
    const client = await LiveClient.welcomed(harness);
    client.send('subscribe', { kind: 'directory', id: 'all' });
    const snapshot = (await client.next('snapshot')).data;
    expect(snapshot.rows).toMatchObject({ [`user/${ownerId}`]: { roles: ['admin'] } });
    const { userId } = await viewer('vera');
    const delta = (await client.next('delta')).data;
    expect(delta).toMatchObject({ from: snapshot['revision'], ops: [{ op: 'put', key: `user/${userId}` }] });
    client.send('unsubscribe', { kind: 'directory', id: 'all' });
    client.close();
  });

  it('26 that one may not read give `forbidden`, and the socket stays', async () => {
    const { cookie } = await viewer('victor');
    const client = await LiveClient.welcomed(harness, { cookie });
    client.send('subscribe', { kind: 'directory', id: 'all' });
    expect((await client.next('error')).data).toMatchObject({
      code: 'forbidden',
      kind: 'directory',
      id: 'all',
    });
    client.send('ping', {});
    await client.next('pong');
    client.close();
  });

  it.each([
    ['from the future', { epoch: 'e1', revision: 1_000_000 }],
    ['of another epoch', { epoch: 'e0', revision: 1 }],
  ])('27 with a cursor %s start again', async (_, cursor) => {
    const boardId = newId();
    serveBoard(boardId, { board: { name: 'Release' } });
    const client = await LiveClient.welcomed(harness);
    client.send('subscribe', { kind: 'board', id: boardId, ...cursor });
    await client.next('resync_required');
    expect((await client.next('snapshot')).data).toMatchObject({ epoch: 'e1', revision: 1 });
    client.close();
  });

  it('go on for a client that comes back, with only what it missed', async () => {
    const boardId = newId();
    const board = serveBoard(boardId, {});
    const stays = await LiveClient.welcomed(harness);
    const leaves = await LiveClient.welcomed(harness);
    for (const client of [stays, leaves]) {
      client.send('subscribe', { kind: 'board', id: boardId });
      await client.next('snapshot');
    }
    leaves.close();
    const delta = board.change('card/1', { title: 'meanwhile' });
    await stays.next('delta');
    const back = await LiveClient.welcomed(harness);
    back.send('subscribe', { kind: 'board', id: boardId, epoch: 'e1', revision: 1 });
    expect((await back.next('delta')).data).toEqual(delta);
    expect(back.frames).toEqual([]);
    for (const client of [stays, back]) client.close();
  });

  it('larger than the socket’s buffer arrive in parts', async () => {
    const boardId = newId();
    const cards = Array.from({ length: 3_000 }, (_, n) => [`card/${n}`, { title: `${n} ${'x'.repeat(1_000)}` }] as const);
    const board = serveBoard(boardId, Object.fromEntries(cards));
    const client = clientOf(harness);
    const view = client.watch('board', boardId);
    let parts = 0;
    view.onChange(() => parts++);
    await view.until(({ rows }) => rows.size === cards.length);
    expect(parts).toBeGreaterThan(10);
    board.change('card/1', { title: 'changed' });
    await view.until(({ revision }) => revision === 2);
    expect(view.row('card/1')?.title).toBe('changed');
    client.close();
  });

  it('that nobody takes off the socket close it with 1013', async () => {
    const boardId = newId();
    const board = serveBoard(boardId, {});
    const slow = await LiveClient.welcomed(harness);
    slow.send('subscribe', { kind: 'board', id: boardId });
    await slow.next('snapshot');
    slow.socket.pause();
    const watching = await LiveClient.welcomed(harness);
    watching.send('subscribe', { kind: 'board', id: boardId });
    for (let round = 0; round < 40; round++) {
      let to = 0;
      for (let n = 0; n < 10; n++) ({ to } = board.change('card/1', { title: `${n} ${'x'.repeat(50_000)}` }));
      await watching.next('delta', ({ data }) => data['to'] === to);
    }
    slow.socket.resume();
    expect(await slow.closing()).toMatchObject({ code: 1013 });
    watching.close();
  });
});

describe('rights', () => {
  it('that change close the socket', async () => {
    const { userId, cookie } = await viewer('wanda');
    const client = await LiveClient.welcomed(harness, { cookie });
    expect((await harness.command('identity/SetUserRoles', { userId, roles: ['operator'] })).status).toBe(200);
    expect(await client.closing()).toEqual({ code: 1008, reason: 'rights have changed' });
  });

  it('end when a credential changes', async () => {
    const { userId, cookie } = await viewer('wesley');
    const client = await LiveClient.welcomed(harness, { cookie });
    const other = await viewer('wilma');
    const unconcerned = await LiveClient.welcomed(harness, { cookie: other.cookie });
    const change = { userId, kind: 'password' };
    await harness.service.runtime.commands.execute('RecordCredentialChange', change, { id: newId() });
    expect(await client.closing()).toEqual({ code: 1008, reason: 'signed out' });
    expect(unconcerned.closed).toBeUndefined();
    unconcerned.close();
  });

  it('end with the session', async () => {
    const { cookie } = await viewer('walter');
    const client = await LiveClient.welcomed(harness, { cookie });
    await harness.call('POST', '/api/v1/logout', { cookie, body: {} });
    expect(await client.closing()).toEqual({ code: 1008, reason: 'signed out' });
  });
});

describe('a token', () => {
  it('that is revoked takes its sockets with it, and no others', async () => {
    const { cookie } = await viewer('wendy');
    const issue = async (label: string) => {
      const body = { label, permissions: ['board:read'] };
      const issued = await harness.call('POST', '/api/v1/tokens', { cookie, body });
      return (await issued.json()) as { tokenId: string; token: string };
    };
    const [revoked, kept] = [await issue('revoked'), await issue('kept')];
    const client = await LiveClient.welcomed(harness, { token: revoked.token });
    const other = await LiveClient.welcomed(harness, { token: kept.token });
    const session = await LiveClient.welcomed(harness, { cookie });
    const answer = await harness.call('DELETE', `/api/v1/tokens/${revoked.tokenId}`, { cookie });
    expect(answer.status).toBe(204);
    expect(await client.closing()).toEqual({ code: 1008, reason: 'signed out' });
    for (const one of [other, session]) {
      expect(one.closed).toBeUndefined();
      one.close();
    }
  });
});

describe('the end of a session', () => {
  it('is announced, then closes the socket', async () => {
    const { userId, cookie } = await viewer('winona');
    const client = await LiveClient.welcomed(harness, { cookie });
    const endsIn = (interval: string) =>
      harness.service.runtime.database.query(
        'UPDATE session SET expires_at = clock_timestamp() + $1::interval WHERE user_id = $2',
        [interval, userId],
      );
    await endsIn('50 seconds');
    expect(Date.parse(String((await client.next('reauth')).data['at']))).not.toBeNaN();
    await endsIn('-1 second');
    expect(await client.closing()).toMatchObject({ code: 1008 });
  });
});

describe('a broken connection to NATS', () => {
  it('loses nothing: afterwards clients have what happened meanwhile', async () => {
    const boardId = newId();
    const board = serveBoard(boardId, {});
    const client = clientOf(harness);
    const view = client.watch('board', boardId);
    await view.until(({ rows }) => rows.size === 0);
    board.page.rows = { 'card/1': { title: 'nobody heard of it' } };
    board.page.revision = 5;
    await harness.servers.restartNats();
    // Away for long, the gateway closes its sockets; a client comes back and goes on where it was.
    await view.until(({ rows }) => rows.size === 1);
    expect(view.row('card/1')?.title).toBe('nobody heard of it');
    client.close();
  });
});

describe('stopping', () => {
  it('tells clients with 1012 to come back', async () => {
    const client = await LiveClient.welcomed(harness);
    await harness.service.stop();
    expect(await client.closing()).toMatchObject({ code: 1012 });
  });
});
