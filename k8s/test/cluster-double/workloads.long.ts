import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@agencyos/testing';
import type { Cluster } from '../../double/cluster/cluster.js';
import { asked, bubblewrap, deployment, job, program, server, service, statefulSet, tinyCluster } from './tiny.js';

const here = bubblewrap ? describe : describe.skip;

here("workloads on the cluster's double", () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await tinyCluster();
  });
  afterAll(() => cluster?.stop());
  const names = (beginning: string) => cluster.pods(beginning).map(({ name }) => name);

  it('a Deployment is scaled, and what is killed is replaced', async () => {
    cluster.apply([deployment('web', { replicas: 1 }), service('web')]);
    await cluster.ready();
    cluster.scale('Deployment', 'web', 3);
    await cluster.ready();
    expect(names('web')).toHaveLength(3);
    const seen = new Set<string>();
    await until(async () => seen.add(await asked(cluster, 'web')).size === 3);
    const killed = cluster.pod('web');
    await killed.terminate(0);
    await cluster.ready();
    expect(names('web')).not.toContain(killed.name);
    cluster.scale('Deployment', 'web', 1);
    await cluster.ready();
    expect(names('web')).toEqual([await asked(cluster, 'web')]);
  });

  it('a new template is brought in by turns, with no pod less than wanted and at most one more', async () => {
    const strategy = { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
    cluster.apply([deployment('rolling', { replicas: 3, strategy })]);
    await cluster.ready();
    const before = names('rolling');
    let [least, most] = [3, 3];
    const watch = setInterval(() => {
      const standing = cluster.pods('rolling').filter(({ terminating }) => !terminating);
      least = Math.min(least, standing.filter(({ ready }) => ready).length);
      most = Math.max(most, standing.length);
    }, 5);
    cluster.restart('Deployment', 'rolling');
    await until(() => cluster.notReady().length > 0);
    await cluster.ready();
    clearInterval(watch);
    expect(names('rolling').filter((name) => before.includes(name))).toEqual([]);
    expect([least, most]).toEqual([3, 4]);
  });

  it('a template whose pods are never ready leaves the old ones alone, and says why', async () => {
    cluster.apply([deployment('kept', { replicas: 2 })]);
    await cluster.ready();
    const before = names('kept');
    const wrong = server({ args: ['-e', 'console.error("wrong password"); process.exit(1)'] });
    cluster.apply([deployment('kept', { replicas: 2 }, wrong)]);
    await until(() => cluster.notReady().some((line) => /^Deployment kept: 0 of 2: .*wrong password$/.test(line)));
    expect(cluster.pods('kept').filter(({ ready }) => ready)).toHaveLength(2);
    expect(names('kept')).toEqual(expect.arrayContaining(before));
    cluster.delete('Deployment', 'kept');
  });

  it('a StatefulSet begins in order, is found by names of its own, keeps its files, and is updated from the last', async () => {
    const keep = `
      require('node:fs').appendFileSync('/data/starts', process.env.HOSTNAME + ' ');
      require('node:http').createServer((_, response) => response.end(require('node:fs').readFileSync('/data/starts'))).listen(8080);`;
    const volumeMounts = [{ name: 'data', mountPath: '/data' }];
    const container = program(keep, { ...server(), args: ['-e', keep], volumeMounts });
    const volumeClaimTemplates = [{ metadata: { name: 'data' }, spec: {} }];
    const spec = { replicas: 2, volumeClaimTemplates };
    const ask = `setInterval(() => fetch('http://set-1.set:8080/').then(async (answer) => console.log(await answer.text()), () => undefined), 20)`;
    cluster.apply([
      statefulSet('set', spec, container),
      service('set', { clusterIP: 'None' }),
      deployment('client', {}, program(ask)),
    ]);
    await cluster.ready();
    const [first, second] = ['set-0', 'set-1'].map((name) => cluster.pod(name));
    expect(first!.made).toBeLessThan(second!.made);
    await until(() => cluster.logs('client').at(-1) === 'set-1 ');
    cluster.restart('StatefulSet', 'set');
    await until(() => cluster.pods('set-0').some(({ terminating }) => terminating));
    expect(cluster.pod('set-1')).toMatchObject({ ready: true });
    expect(cluster.pod('set-1')).not.toBe(second);
    await cluster.ready();
    await until(() => cluster.logs('client').at(-1) === 'set-1 set-1 ');
    cluster.delete('Deployment', 'client');
  });

  it('a Job is tried again after pauses until it is done, or has failed too often', async () => {
    const third = `
      const tries = require('node:fs').readdirSync('/data').length;
      require('node:fs').writeFileSync('/data/' + tries, '');
      process.exit(tries < 2 ? 1 : 0)`;
    const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'tries' } }];
    const counted = (policy: string) =>
      job(
        'counted',
        program(third, { volumeMounts: [{ name: 'data', mountPath: '/data' }] }),
        {},
        { volumes, restartPolicy: policy },
      );
    cluster.apply([counted('Never')]);
    await cluster.ready();
    expect(cluster.pod('counted').restarts).toBe(0); // a pod for each try
    cluster.delete('Job', 'counted');
    cluster.apply([
      job('vain', program('console.log("no"); process.exit(1)'), { backoffLimit: 1 }, { restartPolicy: 'OnFailure' }),
    ]);
    await until(() =>
      cluster.notReady().includes('Job vain: failed: BackoffLimitExceeded: Job has reached the specified backoff limit'),
    );
    cluster.delete('Job', 'vain');
    await cluster.ready();
  });
});
