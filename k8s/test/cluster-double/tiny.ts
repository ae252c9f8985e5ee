import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { untilAnswered } from '@agencyos/testing';
import { Cluster, type ClusterOptions } from '../../double/cluster/cluster.js';
import { nodeImage } from '../../double/cluster/images.js';
import { permitted } from '../../double/cluster/permitted.js';
import type { KubernetesObject, Loose } from '../../support/objects.js';
import { projectRoot } from '../../support/rendered.js';

/** Undefined where no cluster's double can be run. */
export const bubblewrap = await permitted(projectRoot);

/** Its seconds are short, and it has programs of a few lines only. */
export const tinyCluster = (options: Partial<ClusterOptions> = {}): Promise<Cluster> =>
  Cluster.start({
    ...{ folder: mkdtempSync(join(tmpdir(), 'agencyos-cluster-')), bubblewrap: bubblewrap!, image: nodeImage },
    ...{ clock: { secondMs: 50 }, endpointsMs: 0, ...options },
  });

/** Says its own name, `/ready` by a file that others may make and remove, ends on SIGTERM and says so. */
const SERVER = `
const { existsSync } = require('node:fs');
const server = require('node:http').createServer((request, response) => {
  response.statusCode = request.url === '/ready' && existsSync('/tmp/unready') ? 503 : 200;
  if (request.url === '/crash') process.exit(1);
  if (request.url === '/unready') require('node:fs').writeFileSync('/tmp/unready', '');
  response.setHeader('connection', 'close').end(process.env.HOSTNAME);
}).listen(8080);
process.on('SIGTERM', () => { console.log('asked to end'); server.close(() => process.exit(0)); });
`;

/** Asks what is behind a Service, again until there is something. */
export async function asked(cluster: Cluster, name: string, path = '/'): Promise<string> {
  const { port, close } = await cluster.forward(name, 80);
  return untilAnswered(async () => (await fetch(`http://127.0.0.1:${port}${path}`)).text()).finally(close);
}

/** A container that runs this. */
export const program = (script: string, more: Loose = {}): Loose => ({
  ...{ name: 'main', image: 'tiny', args: ['-e', script], volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }] },
  ...more,
});

export const server = (more: Loose = {}): Loose =>
  program(SERVER, {
    ports: [{ name: 'http', containerPort: 8080 }],
    readinessProbe: { httpGet: { path: '/ready', port: 'http' }, periodSeconds: 1, timeoutSeconds: 10, failureThreshold: 2 },
    ...more,
  });

const template = (name: string, container: Loose, more: Loose): Loose => ({
  metadata: { labels: { app: name } },
  spec: {
    ...{ automountServiceAccountToken: false, containers: [container], ...more },
    volumes: [{ name: 'tmp', emptyDir: {} }, ...(more.volumes ?? [])],
  },
});

export const deployment = (name: string, spec: Loose, container = server(), pod: Loose = {}): KubernetesObject => ({
  ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name } },
  spec: { selector: { matchLabels: { app: name } }, template: template(name, container, pod), ...spec },
});

export const statefulSet = (name: string, spec: Loose, container = server(), pod: Loose = {}): KubernetesObject => ({
  ...deployment(name, { serviceName: name, ...spec }, container, pod),
  kind: 'StatefulSet',
});

export const job = (name: string, container: Loose, spec: Loose = {}, pod: Loose = {}): KubernetesObject => ({
  ...{ apiVersion: 'batch/v1', kind: 'Job', metadata: { name } },
  spec: { template: template(name, container, { restartPolicy: 'Never', ...pod }), ...spec },
});

export const service = (name: string, spec: Loose = {}): KubernetesObject => ({
  ...{ apiVersion: 'v1', kind: 'Service', metadata: { name } },
  spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 'http' }], ...spec },
});
