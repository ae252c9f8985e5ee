import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { newId } from '@agencyos/contracts';
import { installation } from '@agencyos/contracts/installation';
import { until, untilAnswered } from '@agencyos/testing';
import { render } from '../support/rendered.js';
import { emptyCluster, NAMESPACE, NEXT, possible, type Installed } from './installed.js';
import { Load } from './load.js';

jest.setTimeout(1_800_000);

const here = possible ? describe : describe.skip;
const SERVICES = installation.services.map(({ name }) => name);
/** No worker: what is updated here are the services. */
const workers = installation.agentKinds.flatMap(({ kind, roles }) => roles.map((role) => `${kind}-${role}`));
const values = { agents: Object.fromEntries(workers.map((name) => [name, { enabled: false }])) };

here("under load, on a cluster's double,", () => {
  let installed: Installed;
  let folder: string;
  let forwarded: { port: number; close(): void }[];
  let load: Load;
  let api: (method: string, path: string, body?: object) => Promise<{ status: number; body: object }>;
  const present = possible ? render(values) : [];
  const next = possible ? render({ ...values, image: { tag: NEXT.tag } }) : [];

  const settled = () =>
    until(
      () => installed.cluster.notReady(),
      (reasons) => reasons.length === 0,
      'all to be ready',
    );
  const imagesOf = (name: string) =>
    installed.cluster.pods(`agencyos-${name}-`).map(({ template }) => template.spec.containers[0].image.split(':').at(-1));
  const restarts = () => installed.cluster.pods().filter((pod) => pod.restarts > 0);

  beforeAll(async () => {
    installed = await emptyCluster({ nodes: ['one', 'two', 'three'] });
    installed.cluster.apply(present);
    await settled();
    forwarded = [
      await installed.cluster.forward('agencyos-gateway', 8400, NAMESPACE),
      await installed.cluster.forward('agencyos-nats', 4222, NAMESPACE),
    ];
    const [url, natsUrl] = forwarded.map(({ port }, n) => `${n === 0 ? 'http' : 'nats'}://127.0.0.1:${port}`) as [string, string];
    folder = mkdtempSync(join(tmpdir(), 'agencyos-rollout-'));
    const nkeyFile = join(folder, 'gateway.nk');
    writeFileSync(nkeyFile, installed.secret('agencyos-nkeys')['gateway.nk']!, { mode: 0o600 });
    const token = installed.secret('agencyos-tokens')['cli.token']!;
    api = async (method, path, body) => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': newId() };
      const answer = await fetch(url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
      return { status: answer.status, body: (await answer.json()) as object };
    };
    load = await untilAnswered(() => Load.open({ url, token, natsUrl, nkeyFile }));
  });
  afterEach(() => load?.stop());
  afterAll(async () => {
    await load?.close();
    for (const { close } of forwarded ?? []) close();
    await installed?.stop();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  /** Nothing failed, what was taken is in the log once and was heard, and every WebSocket shows it. */
  const unharmed = async () => {
    await load.stop();
    const { answered, failed, longestMs } = load;
    const figures = `${answered.length} commands, the slowest ${Math.round(longestMs)} ms, ${failed.length} failed`;
    process.stderr.write([figures, ...failed, ''].join('\n'));
    expect(load.failed).toEqual([]);
    expect(load.answered.length).toBeGreaterThan(10);
    await load.shown();
    expect(await load.notOnce()).toEqual([]);
  };

  it('an update to the next version and the way back fail no command, lose no event and leave nobody behind', async () => {
    load.start();
    installed.cluster.apply(next);
    await settled();
    for (const name of SERVICES) expect(imagesOf(name)).toEqual([NEXT.tag, NEXT.tag]);
    const note = { boardId: load.boardId, note: 'ours' };
    expect(await api('POST', '/api/v1/kanban/NoteBoard', note)).toMatchObject({ status: 409, body: { code: 'not_offered' } });
    installed.cluster.apply(present);
    await settled();
    for (const name of SERVICES) expect(imagesOf(name)).not.toContain(NEXT.tag);
    await unharmed();
  });

  it('once the level is raised there is no way back: the version before says so, the next one stays, and no command fails', async () => {
    installed.cluster.apply(next);
    await settled();
    const finish = () => api('POST', '/api/v1/upgrade/finish', {});
    const finished = await until(finish, ({ status }) => status === 200);
    expect(finished.body).toMatchObject({ written: NEXT.level });
    expect(await api('POST', '/api/v1/kanban/NoteBoard', { boardId: load.boardId, note: 'ours' })).toMatchObject({ status: 200 });
    load.start();
    installed.cluster.apply(present);
    const said = (name: string) =>
      installed.cluster.pods(`agencyos-${name}-`).flatMap((pod) => pod.all.flatMap(({ lines }) => lines));
    await until(() => SERVICES.every((name) => said(name).some((line) => line.includes('there is no way back'))));
    for (const name of SERVICES) {
      const ready = installed.cluster.pods(`agencyos-${name}-`).filter((pod) => pod.ready);
      expect(ready.map(({ template }) => template.spec.containers[0].image.split(':').at(-1))).toEqual([NEXT.tag, NEXT.tag]);
    }
    installed.cluster.apply(next);
    await settled();
    await unharmed();
  });

  it('a node is drained: of each service one replica stays, what was there is elsewhere, and whoever repeats has each command taken once', async () => {
    const { cluster } = installed;
    const database = cluster.pod('agencyos-postgres').template.nodeName;
    const drained = ['one', 'two', 'three'].find((node) => node !== database)!;
    const least = new Map<string, number>();
    const watch = setInterval(() => {
      for (const name of SERVICES) {
        const ready = cluster.pods(`agencyos-${name}-`).filter((pod) => pod.ready).length;
        least.set(name, Math.min(ready, least.get(name) ?? ready));
      }
    }, 20);
    load.start({ untilAnswered: true });
    await cluster.drain(drained);
    await settled();
    clearInterval(watch);
    expect(cluster.pods().filter(({ template }) => template.nodeName === drained)).toEqual([]);
    expect(Math.min(...least.values())).toBeGreaterThanOrEqual(1);
    cluster.uncordon(drained);
    await unharmed();
  });

  it('one NATS server of three is gone, and whoever repeats has each command taken once', async () => {
    load.start({ untilAnswered: true });
    const gone = installed.cluster.pod('agencyos-nats-1');
    await gone.terminate(0);
    await settled();
    expect(installed.cluster.pod('agencyos-nats-1')).not.toBe(gone);
    await unharmed();
  });

  it('the database is away for half a minute: nothing is started again, and whoever repeats has each command taken once', async () => {
    load.start({ untilAnswered: true });
    installed.cluster.scale('StatefulSet', 'agencyos-postgres', 0, NAMESPACE);
    await until(() => installed.cluster.pods('agencyos-postgres').length === 0);
    const before = load.answered.length;
    await delay(30_000);
    expect(load.answered.length).toBe(before);
    installed.cluster.scale('StatefulSet', 'agencyos-postgres', 1, NAMESPACE);
    await settled();
    await unharmed();
    expect(restarts()).toEqual([]);
  });
});
