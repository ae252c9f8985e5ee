import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { Agent, createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from '../consumers/testing/given-facts.js';
import { LastRequests } from './last-requests.js';

let server: Server;
let requests: LastRequests;
let open: ServerResponse[];
/** Keeps one connection. */
let agent: Agent;
beforeEach(async () => {
  open = [];
  server = createServer((_, response) => void open.push(response));
  requests = new LastRequests(server);
  agent = new Agent({ keepAlive: true, maxSockets: 1 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  agent.destroy();
  server.close();
  server.closeAllConnections();
});

const ask = async () => {
  const asked = request({ agent, host: '127.0.0.1', port: (server.address() as AddressInfo).port });
  asked.end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  response.resume();
  await once(response, 'end');
  return [asked.reusedSocket, response.headers.connection];
};
const answered = async (asked: Promise<unknown>) => {
  await until(() => open.length > 0);
  open.shift()!.end();
  return asked;
};

describe('before an HTTP server is closed', () => {
  it('a connection that is kept is served once more, and is told that it was the last time', async () => {
    expect(await answered(ask())).toEqual([false, 'keep-alive']);
    await requests.serve(0);
    expect(await answered(ask())).toEqual([true, 'close']);
    expect(await answered(ask())).toEqual([false, 'close']);
  });

  it('what is under way is the last of its connection, so that the server has ended when it is answered', async () => {
    const underWay = ask();
    await until(() => open.length > 0);
    await requests.serve(0);
    const closed = once(server.close(), 'close');
    expect(await answered(underWay)).toEqual([false, 'close']);
    await closed;
  });
});
