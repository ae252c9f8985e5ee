import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, expect, it, jest } from '@jest/globals';
import { connect } from '@nats-io/transport-node';
import { readConfig } from '../config.js';
import type { Logger } from '../logger.js';
import { Bus, natsOptions } from './bus.js';

let server: Server | undefined;
afterEach(() => {
  jest.useRealTimers();
  server?.close();
});

/** Lets nobody in for the first `refusals` times, as a server does whose clients answer its challenge too late. */
async function impatientServer(refusals: number, refusal = 'Authentication Timeout'): Promise<string> {
  let left = refusals;
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write('INFO {"server_id":"S","version":"2.10.27","proto":1,"headers":true,"max_payload":1048576}\r\n');
    socket.on('data', (text) => {
      if (left > 0) {
        left--;
        return socket.end(`-ERR '${refusal}'\r\n`);
      }
      if (text.includes('PING')) socket.write('PONG\r\n');
      return undefined;
    });
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return `nats://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it('signs in again however often it was too slow', async () => {
  const natsUrl = await impatientServer(3);
  const connection = await connect(natsOptions({ name: 'swarm', natsUrl, nkeyFile: undefined }));
  expect(connection.isClosed()).toBe(false);
  await connection.close();
});

it('says why it is not let in, once, for as long as it is tried', async () => {
  const natsUrl = await impatientServer(20, 'Authorization Violation');
  const said: unknown[] = [];
  const logger = { warn: (...line: unknown[]) => void said.push(line), info: () => undefined } as unknown as Logger;
  const bus = await Bus.connect(readConfig('swarm', { NATS_URL: natsUrl, DATABASE_URL: 'postgres://none' }), logger);
  await bus.close();
  expect(said).toEqual([[{ error: expect.stringMatching(/authorization violation/i) }, 'waiting for NATS']]);
});

it('asks for the reason one question at a time, and no more once it is let in', async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  const silent = new Set<Socket>();
  let answers = false;
  server = createServer((socket) => {
    socket.on('error', () => undefined).on('close', () => silent.delete(socket));
    if (!answers) return void silent.add(socket);
    socket.write('INFO {"server_id":"S","version":"2.10.27","proto":1,"headers":true,"max_payload":1048576}\r\n');
    socket.on('data', (text) => text.includes('PING') && socket.write('PONG\r\n'));
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  const natsUrl = `nats://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const said: unknown[] = [];
  const logger = { warn: (...line: unknown[]) => void said.push(line), info: () => undefined } as unknown as Logger;
  let bus: Bus | undefined;
  void Bus.connect(readConfig('swarm', { NATS_URL: natsUrl, DATABASE_URL: 'postgres://none' }), logger).then((it) => (bus = it));
  const pass = async (ms: number) => {
    await jest.advanceTimersByTimeAsync(ms);
    for (let n = 0; n < 50; n++) await turn();
  };
  await pass(2_100);
  expect(silent.size).toBe(2);
  for (let seconds = 2; seconds < 16; seconds += 2) await pass(2_000);
  expect(silent.size).toBe(2);
  answers = true;
  for (const socket of silent) socket.destroy();
  while (!bus) await pass(250);
  const { length } = said;
  await pass(60_000);
  expect(said).toHaveLength(length);
  await bus.close();
});
