import { afterEach, describe, expect, it } from '@jest/globals';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Outgoing, type OutgoingParts, type OutgoingSettings } from '../src/index.js';

/** Allowed here is one loopback address; the other one stands for what nobody may reach. */
const [OPEN, CLOSED] = ['127.0.0.1', '127.0.0.2'];
const NO_PROXY = { httpProxy: '', httpsProxy: '', noProxy: '' };

let servers: Server[] = [];
let clients: Outgoing[] = [];
afterEach(async () => {
  await Promise.all(clients.map((client) => client.close()));
  for (const server of servers) server.closeAllConnections();
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  [servers, clients] = [[], []];
});

async function serve(answer: RequestListener, host = OPEN): Promise<{ url: string; port: number; asked: IncomingMessage[] }> {
  const asked: IncomingMessage[] = [];
  const server = createServer((req, res) => (asked.push(req), answer(req, res)));
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, host, done));
  const { port } = server.address() as AddressInfo;
  return { url: `http://${host}:${port}/`, port, asked };
}
function outgoing(settings: OutgoingSettings = {}, parts: OutgoingParts = {}): Outgoing {
  const client = new Outgoing({ allow: [OPEN!], proxy: NO_PROXY, ...settings }, { random: () => 1, ...parts });
  clients.push(client);
  return client;
}
const ok: RequestListener = (_, res) => void res.end('fine');
const to =
  (location: string, status = 302): RequestListener =>
  (_, res) =>
    void res.writeHead(status, { location }).end();

describe('what leaves the installation', () => {
  it('is answered by status, headers and bytes, whatever the status', async () => {
    const { url, asked } = await serve((_, res) => void res.writeHead(404, { 'x-a': 'b' }).end('none'));
    const answer = await outgoing().send({ method: 'POST', url, body: '{}', headers: { 'content-type': 'application/json' } });
    expect(answer).toMatchObject({ answered: true, status: 404, headers: { 'x-a': 'b' }, body: Buffer.from('none') });
    expect(asked[0]!.method).toBe('POST');
  });

  it('goes to no address that is not public, however it is written', async () => {
    const { port, asked } = await serve(ok);
    const hosts = [OPEN, 'localhost', 'a.localhost', '[::1]', '[::ffff:127.0.0.1]', '0x7f000001', '2130706433', '127.1', '0'];
    const client = outgoing({ allow: [] });
    for (const host of hosts) {
      const answer = await client.send({ url: `http://${host}:${port}/` });
      expect([host, answer]).toEqual([host, expect.objectContaining({ code: 'address_forbidden' })]);
    }
    expect(asked).toEqual([]);
  });

  it('is judged by where a name leads when the connection is opened, each time', async () => {
    const { port } = await serve((_, res) => void res.setHeader('connection', 'close').end('fine'));
    const closed = await serve(ok, CLOSED);
    let address = OPEN!;
    const client = outgoing({}, { lookup: (_host, _options, done) => done(null, [{ address, family: 4 }]) });
    const url = `http://moves.test:${port}/`;
    expect(await client.send({ url })).toMatchObject({ status: 200 });
    address = CLOSED!;
    expect(await client.send({ url })).toMatchObject({
      code: 'address_forbidden',
      detail: expect.stringContaining('moves.test'),
    });
    expect(closed.asked).toEqual([]);
    const named = outgoing(
      { allow: ['moves.test'] },
      { lookup: (_host, _options, done) => done(null, [{ address, family: 4 }]) },
    );
    expect(await named.send({ url: `http://moves.test:${closed.port}/` })).toMatchObject({ status: 200 });
  });

  it('is judged again after a redirect', async () => {
    const closed = await serve(ok, CLOSED);
    const { url } = await serve(to(closed.url));
    expect(await outgoing().send({ url })).toMatchObject({ code: 'address_forbidden' });
    expect(closed.asked).toEqual([]);
  });

  it.each(['ftp://127.0.0.1/', 'no address', 'http://user:word@127.0.0.1/', 'file:///etc/hosts'])(
    'is refused for %s',
    async (url) => {
      expect(await outgoing().send({ url })).toMatchObject({ answered: false, code: 'bad_address' });
    },
  );

  it('says why nobody answered', async () => {
    const { url, port } = await serve((req) => void req.socket.destroy());
    const client = outgoing({}, { lookup: (_h, _o, done) => done(Object.assign(new Error('none'), { code: 'ENOTFOUND' }), []) });
    expect(await client.send({ url, retries: 0 })).toMatchObject({ code: 'broken_answer' });
    expect(await client.send({ url: `http://nobody.test:${port}/`, retries: 0 })).toMatchObject({ code: 'unknown_host' });
    const gone = servers.pop()!;
    await new Promise((done) => gone.close(done));
    expect(await client.send({ url, retries: 0 })).toMatchObject({ code: 'unreachable' });
  });

  it('has a limit of size and one of time', async () => {
    const { url } = await serve((req, res) => void (req.url === '/long' ? res.write('a') : res.end('x'.repeat(2_000))));
    expect(await outgoing().send({ url, maxBytes: 1_999 })).toMatchObject({ code: 'too_large' });
    expect(await outgoing().send({ url, maxBytes: 2_000 })).toMatchObject({ status: 200 });
    expect(await outgoing().send({ url: `${url}long`, timeoutMs: 50 })).toMatchObject({ code: 'timed_out' });
    expect(await outgoing().send({ url: `${url}long`, signal: AbortSignal.abort() })).toMatchObject({ code: 'cancelled' });
  });
});

describe('a redirect', () => {
  it('takes credentials along within one origin only', async () => {
    const other = await serve(ok);
    const { url, asked } = await serve((req, res) => (req.url === '/' ? to('/next')(req, res) : to(other.url)(req, res)));
    const headers = { authorization: 'Bearer secret', 'x-key': 'k', accept: 'text/plain' };
    expect(await outgoing().send({ url, headers })).toMatchObject({ status: 200, url: other.url });
    expect(asked[1]!.headers).toMatchObject(headers);
    expect(other.asked[0]!.headers).toMatchObject({ accept: 'text/plain' });
    expect(other.asked[0]!.headers).not.toHaveProperty('authorization');
    expect(other.asked[0]!.headers).not.toHaveProperty('x-key');
  });

  it.each([
    [302, 'GET'],
    [303, 'GET'],
    [307, 'POST'],
    [308, 'POST'],
  ])('by %s goes on as %s', async (status, method) => {
    const { url, asked } = await serve((req, res) => (req.url === '/' ? to('/next', status)(req, res) : ok(req, res)));
    await outgoing().send({ method: 'POST', url, body: 'words' });
    expect(asked[1]!.method).toBe(method);
    expect(asked[1]!.headers['content-length']).toBe(method === 'POST' ? '5' : undefined);
  });

  it('is followed a few times, or not at all where nobody wants that', async () => {
    const { url, asked } = await serve(to('/again'));
    expect(await outgoing().send({ url, redirects: 3 })).toMatchObject({ code: 'too_many_redirects' });
    expect(asked).toHaveLength(4);
    expect(await outgoing().send({ url, redirects: 0 })).toMatchObject({ answered: true, status: 302 });
  });
});

describe('a request that fails', () => {
  const failing = (times: number, headers: Record<string, string> = {}) => {
    let left = times;
    return serve((_, res) => void (left-- > 0 ? res.writeHead(503, headers).end() : res.end('fine')));
  };
  const waits: number[] = [];
  const wait = async (ms: number) => void waits.push(ms);
  afterEach(() => void (waits.length = 0));

  it('is sent again where that does no harm, after longer and longer waits', async () => {
    const { url, asked } = await failing(2);
    expect(await outgoing({}, { wait }).send({ url })).toMatchObject({ status: 200 });
    expect([asked.length, waits]).toEqual([3, [500, 1_000]]);
  });

  it('is sent once where twice may be too often', async () => {
    const { url, asked } = await failing(1);
    expect(await outgoing({}, { wait }).send({ method: 'POST', url })).toMatchObject({ status: 503 });
    expect(asked).toHaveLength(1);
    expect(await outgoing({}, { wait }).send({ method: 'POST', url, repeatable: true })).toMatchObject({ status: 200 });
  });

  it('waits as long as it is told, in seconds or until a date, and not longer than it has', async () => {
    const now = () => Date.parse('2026-11-28T12:00:00Z');
    const seconds = await failing(1, { 'retry-after': '3' });
    await outgoing({}, { wait, now }).send({ url: seconds.url });
    const date = await failing(1, { 'retry-after': 'Sat, 28 Nov 2026 12:00:05 GMT' });
    await outgoing({}, { wait, now }).send({ url: date.url });
    expect(waits).toEqual([3_000, 5_000]);
    const long = await failing(1, { 'retry-after': '60' });
    expect(await outgoing({}, { wait, now }).send({ url: long.url })).toMatchObject({ status: 503, retryAfterMs: 60_000 });
    expect(long.asked).toHaveLength(1);
  });
});

describe('a proxy', () => {
  it('named by the environment is used, wherever it is, and looks names up itself', async () => {
    const proxy = await serve(ok, CLOSED);
    const lookup: OutgoingParts['lookup'] = (_host, _options, done) => done(null, [{ address: CLOSED!, family: 4 }]);
    const client = outgoing({ proxy: { ...NO_PROXY, httpProxy: proxy.url, noProxy: 'direct.test' } }, { lookup });
    expect(await client.send({ url: 'http://far.test/page' })).toMatchObject({ status: 200 });
    expect(proxy.asked.map(({ url }) => url)).toEqual(['http://far.test/page']);
    // What needs no proxy is looked up and judged here.
    expect(await client.send({ url: `http://direct.test:${proxy.port}/` })).toMatchObject({ code: 'address_forbidden' });
    expect(proxy.asked).toHaveLength(1);
  });

  it('is asked for no address that may not be reached', async () => {
    const proxy = await serve(ok, CLOSED);
    const client = outgoing({ proxy: { ...NO_PROXY, httpProxy: proxy.url }, allow: [] });
    for (const host of [OPEN, '[::1]', 'localhost', '169.254.169.254'])
      expect(await client.send({ url: `http://${host}/` })).toMatchObject({ code: 'address_forbidden' });
    expect(proxy.asked).toEqual([]);
  });
});
