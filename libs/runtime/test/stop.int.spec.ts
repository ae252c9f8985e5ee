import { newId, subjects } from '@agencyos/contracts';
import { until } from '@agencyos/testing';
import { KurrentDbDouble } from '@agencyos/testing/kurrentdb';
import { startTestServers, type TestServers } from '@agencyos/testing/servers';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { NatsConnection } from '@nats-io/transport-node';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const entry = join(import.meta.dirname, 'fixtures/copying-service.mjs');
let servers: TestServers;
let double: KurrentDbDouble;
let gateway: NatsConnection;
let child: ChildProcess | undefined;

beforeAll(async () => {
  servers = await startTestServers();
  double = await KurrentDbDouble.start();
  gateway = await servers.connect('gateway');
});
afterAll(async () => {
  child?.kill('SIGKILL');
  await gateway?.close();
  double?.stop();
  await servers?.stop();
});

/** Without waiting for the answer. */
function register(agentId: string): void {
  const data = { agentId, kind: 'command', roles: ['check'], build: '1', maxConcurrent: 1 };
  const metadata = { actor: `user:${newId()}`, permissions: ['run:operate'] };
  gateway.publish(
    subjects.command('swarm', 'agent', 'gateway'),
    JSON.stringify({ id: newId(), type: 'RegisterAgent', data, metadata }),
    {
      reply: `_INBOX_gateway.${newId()}`,
    },
  );
}

it('a service ends by itself while KurrentDB is away and a command and a reaction wait for it (fault 23)', async () => {
  child = spawn(process.execPath, [entry], {
    env: {
      ...{ PATH: process.env['PATH'], NATS_URL: servers.natsUrl, NATS_NKEY_FILE: servers.nkeyFile('swarm') },
      ...{ DATABASE_URL: servers.databaseUrl, KURRENTDB_URL: double.url },
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout!.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = once(child, 'close');
  await until(() => said.includes('"msg":"started"') || child!.exitCode !== null);

  const appended = (count: number) => until(() => double.appendSizes.length >= count);
  const before = double.appendSizes.length;
  register('first');
  await appended(before + 2);
  // Recorded, but its command does not learn that; its repetition gets no answer, nor does what the reaction sends.
  double.failNextAppends('lose_answer', 'hang', 'hang');
  register('second');
  await appended(before + 5);
  double.stop();
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  expect(said.split('\n').filter((line) => /did not end well|closing failed|too long/.test(line))).toEqual([]);
});
