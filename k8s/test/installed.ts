import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LEVEL } from '@agencyos/contracts';
import { ApiServerDouble } from '../double/api-server.js';
import { Cluster } from '../double/cluster/cluster.js';
import { natsImage, ownImage, postgresImage, type Image } from '../double/cluster/images.js';
import { permitted } from '../double/cluster/permitted.js';
import { projectRoot, tools } from '../support/rendered.js';

export const NAMESPACE = 'agencyos';
/** The tag under which the next version is found, and the level of contracts that it reads. */
export const NEXT = { tag: 'next', level: LEVEL + 1 };
const bubblewrap = tools && (await permitted(projectRoot));
/** Whether there are the real Helm and what a cluster's double needs. */
export const possible = bubblewrap !== undefined;

export interface Installed {
  cluster: Cluster;
  api: ApiServerDouble;
  /** Entries of a Secret, as text. */
  secret(name: string): Record<string, string>;
  change(name: string, entries: Record<string, string>): void;
  stop(): Promise<void>;
}

/** The next version, made from the present build while it is loaded. */
function nextImage(): Image {
  const { env, ...own } = ownImage(projectRoot);
  const hooks = '--import=/app/e2e/support/next-version.mjs';
  return { ...own, env: { ...env, NODE_OPTIONS: hooks, NEXT_LEVEL: String(NEXT.level) } };
}

/**
 * An empty cluster's double with an API server, which has the images of the chart, of the present version and the next.
 * `CLUSTER_SECOND_MS`: how long its seconds are, for machines on which a probe of three seconds says nothing about what it asks.
 */
export async function emptyCluster({ nodes = ['one'] } = {}): Promise<Installed> {
  const images: Record<string, Image> = {
    agencyos: ownImage(projectRoot),
    [`agencyos:${NEXT.tag}`]: nextImage(),
    nats: await natsImage(projectRoot),
    postgres: await postgresImage(projectRoot),
  };
  const image = (name: string) => {
    const tagged = name.split('/').at(-1)!;
    const known = tagged in images ? tagged : tagged.split(/[:@]/)[0]!;
    if (!(known in images)) throw new Error(`There is no image ${name}.`);
    return images[known]!;
  };
  const api = await ApiServerDouble.start();
  const folder = mkdtempSync(join(tmpdir(), 'agencyos-cluster-'));
  const clock = { secondMs: Number(process.env['CLUSTER_SECOND_MS'] ?? 1_000), backOffSecondMs: 1_000 };
  const cluster = await Cluster.start({ folder, bubblewrap: bubblewrap!, image, api, clock, nodes });
  const stop = async () => {
    await cluster.stop();
    await api.stop();
  };
  const place = (name: string) => ({ group: '', namespace: NAMESPACE, resource: 'secrets', name });
  const coded = (entries: Record<string, string>, from: BufferEncoding, to: BufferEncoding) =>
    Object.fromEntries(Object.entries(entries).map(([key, value]) => [key, Buffer.from(value, from).toString(to)]));
  return {
    ...{ cluster, api, stop },
    secret: (name) => coded(api.stored.get(place(name)).data, 'base64', 'utf8'),
    change: (name, entries) =>
      void api.stored.patch({ ...place(name), verb: 'patch', body: { data: coded(entries, 'utf8', 'base64') } }),
  };
}
