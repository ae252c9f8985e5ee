import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ApiServerDouble } from '../double/api-server.js';
import { provision } from '../src/provision/provision.js';
import { readProvisionSettings } from '../src/provision/settings.js';
import { ofKind, podTemplates, type KubernetesObject, type Loose } from '../support/objects.js';
import { render as renderAll, tools } from '../support/rendered.js';

const withTools = tools ? describe : describe.skip;
const NAMESPACE = 'agencyos';
const ACCOUNT = 'agencyos-provision';

/** One worker is enough: each key takes its time. */
const agents = Object.fromEntries(['notes', 'reviewer', 'publisher'].map((role) => [`command-${role}`, { enabled: false }]));
const render = (values: { agents?: object; [value: string]: unknown } = {}) =>
  renderAll({ ...values, agents: { ...agents, ...values.agents } });

let double: ApiServerDouble;
let said: string[];
let pods: number;
beforeEach(async () => {
  [double, said, pods] = [await ApiServerDouble.start(), [], 0];
});
afterEach(() => double.stop());

/** Runs the Job as it was rendered: its environment, its service account, its rights. */
async function run(objects: KubernetesObject[], more: Record<string, string> = {}): Promise<void> {
  double.apply(objects);
  const [{ env }] = podTemplates(objects).find(({ component }) => component === 'provision')!.spec.containers;
  const given = env.flatMap(({ name, value }: Loose) => (value === undefined ? [] : [[name, value]]));
  const settings = readProvisionSettings({
    ...Object.fromEntries(given),
    ...{ POD_NAME: `provision-${pods++}`, POD_NAMESPACE: NAMESPACE, ...more },
  });
  const timing = { askEveryMs: 50 };
  await provision(double.configOf(NAMESPACE, ACCOUNT), settings, (line) => said.push(line), timing);
}

function secret(name: string): Loose {
  return double.stored.get({ group: '', namespace: NAMESPACE, resource: 'secrets', name });
}
const entries = (name: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(secret(name).data as Record<string, string>).map(([key, value]) => [
      key,
      Buffer.from(value, 'base64').toString(),
    ]),
  );
const NAMES = ['nkeys', 'nats', 'database', 'tokens'].map((which) => `agencyos-${which}`);
const versions = () => NAMES.map((name) => secret(name).metadata.resourceVersion);
const remove = (name: string, key: string) =>
  double.stored.patch({
    verb: 'patch',
    group: '',
    namespace: NAMESPACE,
    resource: 'secrets',
    name,
    body: { data: { [key]: null } },
  });

withTools('the provisioning Job, against a double of the API server', () => {
  it('makes every entry that a pod of the chart mounts, with no more rights than the chart gives it', async () => {
    const objects = render();
    await run(objects);
    const mounted = podTemplates(objects).flatMap(({ of, spec }) =>
      spec.volumes
        .flatMap((volume: Loose) => volume.projected?.sources ?? [volume])
        .flatMap(({ secret }: Loose) =>
          (secret?.items ?? []).map(({ key }: Loose) => [of, secret.name ?? secret.secretName, key]),
        ),
    );
    expect(mounted.length).toBeGreaterThan(20);
    expect(mounted.filter(([, name, key]) => !entries(name)[key])).toEqual([]);
    expect(Object.keys(entries('agencyos-tokens')).sort()).toEqual([
      ...['agent_command-check.token', 'cli.token', 'metrics.token'],
    ]);
    expect(secret('agencyos-nkeys').metadata.labels['app.kubernetes.io/instance']).toBe('agencyos');
  });

  it('changes nothing that is there, however often it runs, and says nothing that is secret', async () => {
    await run(render());
    const before = versions();
    await run(render());
    expect(versions()).toEqual(before);
    const secrets = NAMES.flatMap((name) => Object.values(entries(name)));
    expect(said.some((line) => secrets.some((one) => line.includes(one.trim())))).toBe(false);
    expect(said).toContainEqual('agencyos-nkeys: everything is there');
  });

  it('is elected: of several at once one makes everything, and the others find it', async () => {
    await Promise.all(Array.from({ length: 2 }, () => run(render())));
    expect(said.filter((line) => line.includes('made'))).toHaveLength(4);
    const lease = double.stored.get({ group: 'coordination.k8s.io', namespace: NAMESPACE, resource: 'leases', name: ACCOUNT });
    expect(lease.spec.holderIdentity).toBeUndefined();
  });

  it('takes over from one that died, once its Lease has not changed for as long as it says', async () => {
    const spec = { holderIdentity: 'dead', leaseDurationSeconds: 0.05, renewTime: '2999-01-01T00:00:00.000000Z' };
    double.stored.create({
      ...{ verb: 'create', group: 'coordination.k8s.io', namespace: NAMESPACE, resource: 'leases', name: '' },
      body: { metadata: { name: ACCOUNT }, spec },
    });
    await run(render());
    expect(said).toHaveLength(4);
  });

  it('leaves the Lease to its successor when it was held up for too long', async () => {
    const lease = { group: 'coordination.k8s.io', namespace: NAMESPACE, resource: 'leases', name: ACCOUNT };
    double.before = ({ verb, resource }) => {
      if (verb !== 'create' || resource !== 'secrets') return;
      double.stored.patch({ ...lease, verb: 'patch', body: { spec: { holderIdentity: 'successor' } } });
    };
    await run(render());
    expect(double.stored.get(lease)).toMatchObject({ spec: { holderIdentity: 'successor' } });
  });

  it('reads a key as its service does, and names an entry that nobody can read', async () => {
    await run(render());
    const put = (name: string, key: string, text: string) =>
      double.stored.patch({
        ...{ verb: 'patch', group: '', namespace: NAMESPACE, resource: 'secrets', name },
        body: { data: { [key]: Buffer.from(text).toString('base64') } },
      });
    const keys = entries('agencyos-nats')['keys.conf'];
    const seed = entries('agencyos-nkeys')['kanban.nk']!;
    put('agencyos-nkeys', 'kanban.nk', `${seed}\n`);
    await run(render());
    expect(entries('agencyos-nats')['keys.conf']).toBe(keys);
    put('agencyos-nkeys', 'kanban.nk', 'half');
    await expect(run(render())).rejects.toThrow('The entry kanban.nk cannot be read: delete it');
    put('agencyos-nkeys', 'kanban.nk', seed);
    put('agencyos-database', 'swarm.url', 'half');
    await expect(run(render())).rejects.toThrow('The entry swarm.url cannot be read: delete it');
  });

  it('rotates what was deleted, and that alone: another key, and the public one with it', async () => {
    await run(render());
    const [nkeys, nats, tokens] = [entries('agencyos-nkeys'), entries('agencyos-nats'), entries('agencyos-tokens')];
    remove('agencyos-nkeys', 'kanban.nk');
    remove('agencyos-nats', 'keys.conf');
    remove('agencyos-tokens', 'cli.token');
    await run(render({ secrets: { round: 2 } }));
    const differing = (before: Record<string, string>, after: Record<string, string>) =>
      Object.keys(after).filter((key) => before[key] !== after[key]);
    expect(differing(nkeys, entries('agencyos-nkeys'))).toEqual(['kanban.nk']);
    expect(differing(tokens, entries('agencyos-tokens'))).toEqual(['cli.token']);
    expect(
      entries('agencyos-nats')
        ['keys.conf']!.split('\n')
        .filter((line) => !nats['keys.conf']!.includes(line)),
    ).toHaveLength(1);
    expect(entries('agencyos-nats')['cluster.conf']).toBe(nats['cluster.conf']);
  });

  it('adds what an agent more needs, and keeps the passwords where the database has moved', async () => {
    await run(render());
    const before = entries('agencyos-database');
    const nkeys = entries('agencyos-nkeys');
    await run(render({ agents: { 'command-build': { kind: 'command', role: 'build' } } }), {
      PROVISION_OWNER_URL: 'postgres://agencyos@elsewhere:6432/agencyos',
    });
    expect(entries('agencyos-nkeys')).toMatchObject({ ...nkeys, 'agent_command-build.nk': expect.stringMatching(/^SU/) });
    const [was, is] = [before['kanban.url']!, entries('agencyos-database')['kanban.url']!].map((url) => new URL(url));
    expect([is!.host, is!.username, is!.password]).toEqual(['elsewhere:6432', 'agencyos_kanban', was!.password]);
  });

  it('does not overwrite what somebody else writes at the same moment', async () => {
    await run(render());
    remove('agencyos-tokens', 'cli.token');
    let meddled = false;
    double.before = ({ verb, name }) => {
      if (meddled || verb !== 'patch' || name !== 'agencyos-tokens') return;
      meddled = true;
      const body = { data: { theirs: Buffer.from('kept').toString('base64') } };
      double.stored.patch({ verb: 'patch', group: '', namespace: NAMESPACE, resource: 'secrets', name, body });
    };
    await run(render());
    expect(entries('agencyos-tokens')).toMatchObject({ theirs: 'kept', 'cli.token': expect.stringMatching(/^agencyos_/) });
  });

  it('says what a Secret of somebody else lacks, and writes nothing into it', async () => {
    const values = { secrets: { tokens: 'our-tokens' } };
    await expect(run(render(values))).rejects.toThrow('The Secret our-tokens is not there');
    double.stored.create({
      ...{ verb: 'create', group: '', namespace: NAMESPACE, resource: 'secrets', name: '' },
      body: { metadata: { name: 'our-tokens' }, data: { 'cli.token': 'eA==' } },
    });
    const { resourceVersion } = secret('our-tokens').metadata;
    await expect(run(render(values))).rejects.toThrow('The Secret our-tokens lacks metrics.token, agent_command-check.token');
    expect(secret('our-tokens').metadata.resourceVersion).toBe(resourceVersion);
  });

  it('is refused what the chart does not allow it', async () => {
    const objects = render();
    for (const role of ofKind(objects, 'Role')) (role as Loose).rules.splice(1, 1);
    await expect(run(objects)).rejects.toMatchObject({ code: 403 });
  });

  it('ends with one line that says why, and nothing that was sent', async () => {
    const objects = render();
    const [{ env }] = podTemplates(objects).find(({ component }) => component === 'provision')!.spec.containers;
    const folder = await mkdtemp(join(tmpdir(), 'agencyos-provision-'));
    const kubeconfig = join(folder, 'kubeconfig');
    await writeFile(kubeconfig, double.configOf(NAMESPACE, ACCOUNT).exportConfig());
    const given = Object.fromEntries(env.flatMap(({ name, value }: Loose) => (value === undefined ? [] : [[name, value]])));
    const more = { KUBECONFIG: kubeconfig, POD_NAME: 'one', POD_NAMESPACE: NAMESPACE, PATH: process.env['PATH'] };
    const main = join(import.meta.dirname, '../dist/provision/main.js');
    const failure = await promisify(execFile)(process.execPath, [main], { env: { ...given, ...more } }).catch((error) => error);
    expect(failure).toMatchObject({ code: 1, stdout: '' });
    expect(failure.stderr).toMatch(/^Not provisioned: the Kubernetes API answers 403: leases .* is forbidden: [^\n]*\n$/);
    await rm(folder, { recursive: true });
  });
});
