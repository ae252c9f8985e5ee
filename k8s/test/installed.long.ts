import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createUser } from '@nats-io/nkeys';
import { until, untilAnswered } from '@agencyos/testing';
import { find, ofKind } from '../support/objects.js';
import { render } from '../support/rendered.js';
import { emptyCluster, NAMESPACE, possible, type Installed } from './installed.js';
import { Writers } from './writers.js';

jest.setTimeout(600_000);

const here = possible ? describe : describe.skip;
const SERVICES = ['relay', 'kanban', 'swarm', 'approvals', 'healer', 'gateway'];

here("the chart as it is, on a cluster's double", () => {
  let installed: Installed;
  let gateway: { port: number; close(): void };
  let writers: Writers;
  const objects = possible ? render() : [];
  const settled = () =>
    until(
      () => installed.cluster.notReady(),
      (reasons) => reasons.length === 0,
      'all to be ready',
    );

  beforeAll(async () => {
    installed = await emptyCluster();
    const startedAt = performance.now();
    installed.cluster.apply(objects);
    await settled();
    process.stderr.write(`from the rendered objects to ready: ${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`);
    gateway = await installed.cluster.forward('agencyos-gateway', 8400, NAMESPACE);
    const token = installed.secret('agencyos-tokens')['cli.token']!;
    writers = new Writers(`http://127.0.0.1:${gateway.port}`, token);
  });
  afterAll(async () => {
    gateway?.close();
    await installed?.stop();
  });

  it('is ready from nothing: every pod is, nothing was started twice for a fault, and commands are taken', async () => {
    await untilAnswered(() => writers.open());
    const restarted = installed.cluster.pods().flatMap((pod) => pod.all.filter(({ restarts }) => restarts > 0));
    expect(restarted.map(({ spec, lines }) => [spec.name, lines.at(-1)])).toEqual([]);
    const replicas = ofKind(objects, 'Deployment').reduce((sum, { spec }) => sum + spec.replicas, 0);
    expect(installed.cluster.pods().filter(({ ready }) => ready)).toHaveLength(replicas + 4);
    expect(await writers.add()).toBe(200);
  });

  it('prints no password, key or token into any log', () => {
    const secrets = ['nkeys', 'nats', 'database', 'tokens'].flatMap((name) =>
      Object.values(installed.secret(`agencyos-${name}`)),
    );
    const hidden = secrets.flatMap((text) => /^S[A-Z0-9]{50,}|:\/\/[^:]+:([^@]+)@|^\S{20,}$/m.exec(text)?.slice(0, 2) ?? []);
    const said = installed.cluster.pods().flatMap((pod) => pod.all.flatMap(({ lines }) => lines));
    expect(hidden.length).toBeGreaterThan(20);
    expect(said.filter((line) => hidden.some((text) => text && line.includes(text)))).toEqual([]);
  });

  it('a pod that is killed is replaced, and commands are taken', async () => {
    const killed = installed.cluster.pod('agencyos-kanban');
    const stop = writers.start({ tolerant: true });
    await killed.terminate(0);
    await settled();
    await stop();
    expect(installed.cluster.pods('agencyos-kanban').map(({ name }) => name)).not.toContain(killed.name);
    expect(writers.answered).toBeGreaterThan(0);
  });

  it.each(['kanban', 'gateway'])('%s is scaled to three and back to one, and no command fails', async (name) => {
    const stop = writers.start();
    for (const replicas of [3, 1]) {
      installed.cluster.scale('Deployment', `agencyos-${name}`, replicas, NAMESPACE);
      await settled();
      expect(installed.cluster.pods(`agencyos-${name}`)).toHaveLength(replicas);
    }
    await stop();
    expect(writers.failed).toEqual([]);
    expect(writers.answered).toBeGreaterThan(0);
    installed.cluster.scale('Deployment', `agencyos-${name}`, 2, NAMESPACE);
    await settled();
  });

  it('every service is restarted by turns under load, and no command fails', async () => {
    const before = installed.cluster.pods().map(({ name }) => name);
    const stop = writers.start();
    for (const name of SERVICES) installed.cluster.restart('Deployment', `agencyos-${name}`, NAMESPACE);
    await settled();
    await stop();
    const left = installed.cluster
      .pods()
      .map(({ name }) => name)
      .filter((name) => before.includes(name));
    expect(left.filter((name) => SERVICES.some((service) => name.startsWith(`agencyos-${service}-`)))).toEqual([]);
    expect(writers.failed).toEqual([]);
    expect(writers.answered).toBeGreaterThan(0);
  });

  it.each([
    [
      'a wrong password',
      'database',
      'approvals.url',
      (url: string) => url.replace(/:[^:@]+@/, ':wrong@'),
      /password authentication failed/,
    ],
    ['a key that NATS does not know', 'nkeys', 'healer.nk', () => Buffer.from(createUser().getSeed()).toString(), /[Aa]uthoriz/],
  ])('%s is said in a line of the log of the pod that has it, and the others stay', async (_what, secret, key, wrong, said) => {
    const name = key.split('.')[0]!;
    const right = installed.secret(`agencyos-${secret}`)[key]!;
    installed.change(`agencyos-${secret}`, { [key]: wrong(right) });
    installed.cluster.restart('Deployment', `agencyos-${name}`, NAMESPACE);
    const logs = () => installed.cluster.pods(`agencyos-${name}`).flatMap((pod) => pod.all.flatMap(({ lines }) => lines));
    await until(() => logs().some((line) => said.test(line)));
    expect(installed.cluster.notReady()).toHaveLength(1);
    expect(installed.cluster.pods(`agencyos-${name}`).filter(({ ready }) => ready)).toHaveLength(2);
    installed.change(`agencyos-${secret}`, { [key]: right });
    installed.cluster.apply([find(objects, `Deployment agencyos-${name}`)]);
    await settled();
  });

  it('a Secret that is missing is said by an event, and the others stay', async () => {
    const without = render({ secrets: { nkeys: 'nobody-made-it' } });
    installed.cluster.apply([find(without, 'Deployment agencyos-healer')]);
    const said = 'FailedMount: MountVolume.SetUp failed for volume "secrets" : secret "nobody-made-it" not found';
    const [missing, ...more] = await until(
      () => installed.cluster.notReady(),
      (reasons) => reasons.length > 0 && reasons[0]!.includes('FailedMount'),
    );
    expect([missing, more]).toEqual([expect.stringContaining(said), []]);
    expect(installed.cluster.pods('agencyos-healer').filter(({ ready }) => ready)).toHaveLength(2);
    installed.cluster.apply([find(objects, 'Deployment agencyos-healer')]);
    await settled();
  });
});
