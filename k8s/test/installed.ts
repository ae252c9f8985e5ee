import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiServerDouble } from '../double/api-server.js';
import { Cluster } from '../double/cluster/cluster.js';
import { natsImage, ownImage, postgresImage } from '../double/cluster/images.js';
import { permitted } from '../double/cluster/permitted.js';
import { projectRoot, tools } from '../support/rendered.js';

export const NAMESPACE = 'agencyos';
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

/** An empty cluster's double with an API server, which has the images of the chart. */
export async function emptyCluster(): Promise<Installed> {
  const images = {
    agencyos: ownImage(projectRoot),
    nats: await natsImage(projectRoot),
    postgres: await postgresImage(projectRoot),
  };
  const image = (name: string) => {
    const known = name.split('/').at(-1)!.split(/[:@]/)[0]!;
    if (!(known in images)) throw new Error(`There is no image ${name}.`);
    return images[known as keyof typeof images];
  };
  const api = await ApiServerDouble.start();
  const folder = mkdtempSync(join(tmpdir(), 'agencyos-cluster-'));
  const cluster = await Cluster.start({ folder, bubblewrap: bubblewrap!, image, api });
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
