import {
  AppsV1Api,
  BatchV1Api,
  CoreV1Api,
  PatchStrategy,
  setHeaderOptions,
  Watch,
  type KubeConfig,
} from '@kubernetes/client-node';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@agencyos/testing';
import { ApiServerDouble } from '../double/api-server.js';

const namespace = 'jobs';
const asMergePatch = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
const role = (rules: object[]) => [
  { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'r', namespace }, rules },
  {
    ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name: 'r', namespace } },
    ...{ roleRef: { name: 'r' }, subjects: [{ namespace, name: 'worker' }] },
  },
];
const rule = (group: string, resource: string, ...verbs: string[]) => ({ apiGroups: [group], resources: [resource], verbs });

let double: ApiServerDouble;
let config: KubeConfig;
beforeEach(async () => {
  double = await ApiServerDouble.start();
  config = double.configOf(namespace, 'worker');
});
afterEach(() => double.stop());

describe("the API server's double, asked by the real client", () => {
  it('lists by labels, and tells each change after the version of the list', async () => {
    double.apply(role([rule('batch', 'jobs', 'list', 'watch', 'create', 'delete')]));
    const jobs = config.makeApiClient(BatchV1Api);
    const job = (name: string, run: string) => ({ namespace, body: { metadata: { name, labels: { run } } } });
    await jobs.createNamespacedJob(job('a', '1'));
    await jobs.createNamespacedJob(job('b', '2'));
    const { items, metadata } = await jobs.listNamespacedJob({ namespace, labelSelector: 'run=1' });
    expect(items.map((one) => one.metadata?.name)).toEqual(['a']);
    const told: string[] = [];
    const path = `/apis/batch/v1/namespaces/${namespace}/jobs`;
    const query = { labelSelector: 'run=1', resourceVersion: metadata!.resourceVersion! };
    const watching = await new Watch(config).watch(
      path,
      query,
      (type, { metadata: { name } }) => told.push(`${type} ${name}`),
      () => undefined,
    );
    await jobs.createNamespacedJob(job('c', '1'));
    await jobs.createNamespacedJob(job('d', '2'));
    await jobs.deleteNamespacedJob({ name: 'a', namespace });
    await until(() => told.length === 2);
    watching.abort();
    expect(told).toEqual(['ADDED c', 'DELETED a']);
  });

  it('says 410 to a watch from before a compaction', async () => {
    double.apply(role([rule('', 'pods', 'watch')]));
    for (const name of ['a', 'b']) double.stored.create({ group: '', namespace, resource: 'pods', body: { metadata: { name } } });
    double.stored.compact();
    const told: [string, number][] = [];
    const query = { resourceVersion: '1' };
    await new Watch(config).watch(
      `/api/v1/namespaces/${namespace}/pods`,
      query,
      (type, { code }) => told.push([type, code]),
      () => undefined,
    );
    await until(() => told.length > 0);
    expect(told).toEqual([['ERROR', 410]]);
  });

  it('scales and restarts a Deployment, with the right for each and no other', async () => {
    double.stored.create({
      ...{ group: 'apps', namespace, resource: 'deployments' },
      body: { metadata: { name: 'web' }, spec: { replicas: 1, template: { metadata: {}, spec: { containers: [] } } } },
    });
    const apps = config.makeApiClient(AppsV1Api);
    const restart = (annotations: Record<string, string>) =>
      apps.patchNamespacedDeployment(
        { name: 'web', namespace, body: { spec: { template: { metadata: { annotations } } } } },
        asMergePatch,
      );
    const scale = (replicas: number) =>
      apps.patchNamespacedDeploymentScale({ name: 'web', namespace, body: { spec: { replicas } } }, asMergePatch);
    await expect(scale(3)).rejects.toMatchObject({ code: 403 });
    double.apply(role([rule('apps', 'deployments/scale', 'patch')]));
    expect((await scale(3)).spec?.replicas).toBe(3);
    await expect(restart({ at: 'now' })).rejects.toMatchObject({ code: 403 });
    double.apply(role([rule('apps', 'deployments', 'patch')]));
    expect((await restart({ at: 'now' })).spec).toMatchObject({
      replicas: 3,
      template: { metadata: { annotations: { at: 'now' } } },
    });
  });

  it('lets nobody read a log, or Secrets, who may read pods alone', async () => {
    double.apply(role([rule('', 'pods', 'get', 'list')]));
    const core = config.makeApiClient(CoreV1Api);
    await expect(core.readNamespacedPodLog({ name: 'a', namespace })).rejects.toMatchObject({ code: 403 });
    await expect(core.listNamespacedSecret({ namespace })).rejects.toMatchObject({ code: 403 });
    expect((await core.listNamespacedPod({ namespace })).items).toEqual([]);
  });
});
