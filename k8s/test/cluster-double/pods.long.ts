import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@agencyos/testing';
import type { Cluster } from '../../double/cluster/cluster.js';
import { asked, bubblewrap, deployment, program, service, server, tinyCluster } from './tiny.js';

const here = bubblewrap ? describe : describe.skip;
const IDLE = 'setInterval(() => undefined, 1000)';

here("a pod on the cluster's double", () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await tinyCluster();
  });
  afterAll(() => cluster?.stop());

  it('has its environment, its files, its user, a root that nobody writes, and nothing else', async () => {
    const look = `
      const fs = require('node:fs');
      const cannot = (action) => { try { action(); return false; } catch (error) { return error.code; } };
      const read = (path) => fs.readFileSync(path, 'utf8');
      console.log(JSON.stringify({
        env: process.env, uid: process.getuid(), cap: /CapBnd:\\s*(\\w+)/.exec(read('/proc/self/status'))[1],
        secret: read('/run/secrets/one'), config: read('/etc/own/config'), args: process.argv.slice(1),
        root: cannot(() => fs.writeFileSync('/x', '')), files: cannot(() => fs.writeFileSync('/run/secrets/two', '')),
        tmp: cannot(() => fs.writeFileSync('/tmp/x', '')), pid: process.pid < 10, home: fs.existsSync('/root'),
      }));
      ${IDLE}`;
    const volumes = [
      { name: 'secret', projected: { sources: [{ secret: { name: 'keys', items: [{ key: 'a', path: 'one' }] } }] } },
      { name: 'config', configMap: { name: 'settings' } },
    ];
    const container = program(look, {
      env: [
        { name: 'ONE', value: 'first' },
        { name: 'BOTH', value: '$(ONE) $$(ONE) $(NONE)' },
        { name: 'KEY', valueFrom: { secretKeyRef: { name: 'keys', key: 'a' } } },
        { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      ],
      securityContext: { readOnlyRootFilesystem: true },
      volumeMounts: [
        { name: 'secret', mountPath: '/run/secrets', readOnly: true },
        { name: 'config', mountPath: '/etc/own' },
        { name: 'tmp', mountPath: '/tmp' },
      ],
    });
    container.args.push('$(ONE)');
    cluster.apply([
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'keys' }, data: { a: Buffer.from('hidden').toString('base64') } },
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { config: 'shown' } },
      deployment('look', {}, container, { volumes, securityContext: { runAsUser: 4711 } }),
    ]);
    await cluster.ready();
    const [line] = await until(
      () => cluster.logs('look'),
      (lines) => lines.length > 0,
    );
    const { env, ...seen } = JSON.parse(line!) as Record<string, object>;
    const { name } = cluster.pod('look');
    const given = { ONE: 'first', BOTH: 'first $(ONE) $(NONE)', KEY: 'hidden', POD: name };
    const ofThePod = { HOSTNAME: name, HOME: '/', PATH: expect.stringContaining('/opt/node'), PWD: '/' };
    const ofTheCluster = { KUBERNETES_SERVICE_HOST: expect.any(String), KUBERNETES_SERVICE_PORT: expect.any(String) };
    expect(env).toEqual({ ...given, ...ofThePod, ...ofTheCluster });
    expect(seen).toEqual({
      ...{ uid: 4711, cap: '0000000000000000', secret: 'hidden', config: 'shown', args: ['first'] },
      ...{ root: 'EROFS', files: 'EROFS', tmp: false, pid: true, home: false },
    });
  });

  it('waits for a Secret, says so by an event, and starts when it is there', async () => {
    const volumes = [{ name: 'late', secret: { secretName: 'late' } }];
    cluster.apply([deployment('patient', {}, server(), { volumes })]);
    const [missing] = await until(
      () => cluster.notReady(),
      ([one]) => one?.includes('FailedMount') ?? false,
    );
    expect(missing).toContain('FailedMount: MountVolume.SetUp failed for volume "late" : secret "late" not found');
    cluster.apply([{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'late' }, data: {} }]);
    await cluster.ready();
  });

  it('is reached by the name of its Service while it is ready, and not any more when it is not', async () => {
    const ask = `
      const ask = async () => {
        for (const host of ['one', 'one.default', 'one.default.svc.cluster.local', 'none'])
          await fetch('http://' + host + '/').then(async (answer) => console.log(host, await answer.text()), (error) => console.log(host, error.cause.code));
        setTimeout(ask, 20);
      };
      ask();`;
    cluster.apply([deployment('one', {}), service('one'), deployment('asking', {}, program(ask))]);
    await cluster.ready();
    const { name } = cluster.pod('one');
    const last = (host: string) => cluster.logs('asking').findLast((line) => line.startsWith(`${host} `));
    const said = (line: string) =>
      until(
        () => last(line.split(' ')[0]!),
        (last) => last === line,
        line,
      );
    for (const host of ['one', 'one.default', 'one.default.svc.cluster.local']) await said(`${host} ${name}`);
    await said('none ENOTFOUND');
    expect(await asked(cluster, 'one', '/unready')).toBe(name);
    await said('one ECONNREFUSED');
    expect(cluster.notReady()).toEqual([
      expect.stringContaining('Readiness probe failed: HTTP probe failed with statuscode: 503'),
    ]);
    cluster.delete('Deployment', 'one');
  });

  it('is started again when its process ends, after pauses that grow, and when its liveness probe has failed', async () => {
    const dead = { httpGet: { path: '/ready', port: 'http' }, periodSeconds: 1, timeoutSeconds: 10, failureThreshold: 3 };
    cluster.apply([
      deployment('crashing', {}, program('console.log("no such database"); process.exit(3)')),
      deployment('stuck', {}, server({ startupProbe: { ...dead, failureThreshold: 600 }, livenessProbe: dead })),
      service('stuck'),
    ]);
    const why = /^Deployment crashing: .*CrashLoopBackOff; BackOff: .*; no such database$/;
    await until(() => cluster.notReady().some((line) => why.test(line)));
    await until(() => cluster.pod('crashing').restarts > 2);
    await until(() => cluster.pod('stuck').ready);
    await asked(cluster, 'stuck', '/unready');
    await until(() => cluster.pod('stuck').restarts === 1);
    expect(cluster.logs('stuck')).toContain('asked to end');
    cluster.delete('Deployment', 'crashing');
    cluster.delete('Deployment', 'stuck');
  });

  it('has its time after SIGTERM, preStop before it, and SIGKILL at the end of its grace', async () => {
    const deaf = `process.on('SIGTERM', () => console.log('asked to end')); console.log('up'); ${IDLE}`;
    const command = ['node', '-e', "require('node:fs').writeFileSync('/tmp/stopping', '')"];
    cluster.apply([
      deployment('deaf', {}, program(deaf, { lifecycle: { preStop: { exec: { command } } } }), {
        terminationGracePeriodSeconds: 20,
      }),
    ]);
    await until(() => cluster.pods('deaf')[0]?.all[0]?.lines[0] === 'up');
    const pod = cluster.pod('deaf');
    cluster.delete('Deployment', 'deaf');
    await pod.gone;
    expect(pod.all[0]).toMatchObject({ exitCode: 137, lines: ['up', 'asked to end'], restarts: 0 });
    expect(cluster.events.of(pod.name)).toEqual([]);
  });
});
