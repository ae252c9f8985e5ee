import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { LEVEL, subjects, type UpgradeState } from '@agencyos/contracts';
import { installation } from '@agencyos/contracts/installation';
import { readConfig, startService, type RunningService } from '@agencyos/runtime';
import { until } from '@agencyos/testing';
import { startTestServers, type TestServers } from '@agencyos/testing/servers';
import type { NatsConnection } from '@nats-io/transport-node';
import { healer } from '../src/service.js';
import { UpgradeWatch } from '../src/upgrade-watch.js';

const BY = 'user:01900000-0000-7000-8000-0000000000aa';
const services = installation.services.map(({ name }) => name);

let servers: TestServers;
let nats: NatsConnection;
let gateway: NatsConnection;
let running: RunningService;
let watch: UpgradeWatch;
let beating: NodeJS.Timeout;
/** What each service says that it reads; who says nothing of it is of a version of before. */
let reads: Record<string, number | undefined>;

beforeAll(async () => {
  servers = await startTestServers();
  nats = await servers.connect('test');
  gateway = await servers.connect('gateway');
});
beforeEach(async () => {
  const environment = { ...servers.environment('healer'), DATABASE_URL: await servers.createDatabase() };
  running = await startService('healer', (core) => healer(core, undefined), {}, readConfig('healer', environment));
  reads = Object.fromEntries(services.map((name) => [name, LEVEL + 2]));
  beating = setInterval(() => {
    for (const [name, level] of Object.entries(reads)) {
      nats.publish(subjects.heartbeat('service', name), JSON.stringify({ name, instanceId: `${name}-one`, reads: level }));
    }
  }, 100);
});
afterEach(async () => {
  clearInterval(beating);
  await running.stop();
});
afterAll(async () => {
  await Promise.all([nats?.close(), gateway?.close()]);
  await servers?.stop();
});

/** The healer of the running service says itself, too, what it reads; the watch hears only who is named here. */
function watching() {
  const { bus, commands, database, level, clock, logger, queries, background } = running.runtime;
  const watched = services.filter((name) => name !== 'healer');
  watch = new UpgradeWatch({ bus, commands, database, level, clock, logger, services: watched, afterMs: 0 });
  queries.add('upgrade', () => watch.state());
  background.run('upgrade', (signal) => watch.run(signal));
  return until(() => watch.state().silent.length === 0);
}
type Finished = UpgradeState | { code: string; message: string };
/** Once it has listened long enough. */
const finish = () =>
  until<Finished>(
    () => watch.finish(BY).catch((error: Error & { code: string }) => error),
    (answer) => !('code' in answer) || answer.code !== 'busy',
  );
const raised = async () => {
  const events = [];
  for await (const { data, metadata } of running.runtime.store.read('upgrade-main'))
    if (data['why'] !== 'founded') events.push({ ...data, by: metadata.onBehalfOf });
  return events;
};

describe('an upgrade', () => {
  it('waits for one replica that reads less, and for one that has not been heard but runs', async () => {
    reads['kanban'] = LEVEL;
    await watching();
    const query = subjects.query('healer', 'upgrade', 'gateway');
    const state = (await gateway.request(query, '{}', { timeout: 5_000 })).json<UpgradeState>();
    expect(state).toMatchObject({ written: LEVEL, readByAll: LEVEL, silent: [] });
    expect(state.readers).toContainEqual({ service: 'kanban', instanceId: 'kanban-one', reads: LEVEL });
    expect(await finish()).toMatchObject({
      code: 'not_read_by_all',
      message: expect.stringContaining(`kanban (kanban-one) reads up to level ${LEVEL}. Update or end them`),
    });
    expect(await raised()).toEqual([]);

    reads['kanban'] = LEVEL + 1;
    await until(() => watch.state().readByAll === LEVEL + 1);
    // The healer that runs here reads the level of this version only, and so holds the lock of those: as one that just starts.
    expect(await finish()).toMatchObject({
      code: 'not_read_by_all',
      message: expect.stringContaining('a process that reads less is just starting'),
    });
    expect(await raised()).toEqual([]);
  });

  it('is not finished while a service is not heard, nor where one is of a version of before levels', async () => {
    reads['relay'] = undefined;
    await watching();
    expect(await finish()).toMatchObject({ message: expect.stringContaining('relay (relay-one) reads up to level 0') });
    delete reads['relay'];
    nats.publish(
      subjects.heartbeat('service', 'relay'),
      JSON.stringify({ name: 'relay', instanceId: 'relay-one', leaving: true }),
    );
    await until(() => watch.state().silent.length > 0);
    expect(await finish()).toMatchObject({ message: expect.stringContaining('nobody of relay is heard') });
  });

  it('is nothing where nobody reads more', async () => {
    for (const name of services) reads[name] = LEVEL;
    await watching();
    expect(await finish()).toMatchObject({ written: LEVEL, readByAll: LEVEL });
    expect(await raised()).toEqual([]);
  });
});
