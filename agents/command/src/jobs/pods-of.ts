import { pause } from '../pause.js';
import { ofJob, podsPath, type KubernetesApi } from './kubernetes-api.js';
import type { Pod } from './kubernetes-objects.js';

/** Said within a watch: what came before is not known any more (410), or the server ends it. */
const ERROR = 'ERROR';
const ASK_AGAIN_MS = 1_000;

/** The pod of a Job at each change, undefined while there is none; through outages, until the signal is aborted. */
export async function* podsOf(
  api: KubernetesApi,
  { namespace, job }: { namespace: string; job: string },
  signal: AbortSignal,
): AsyncGenerator<Pod | undefined> {
  const path = podsPath(namespace);
  while (!signal.aborted) {
    try {
      const { metadata, items } = await api.list<Pod>(path, ofJob(job));
      yield items.at(-1);
      const query = { ...ofJob(job), resourceVersion: metadata.resourceVersion };
      for await (const { type, object } of api.watch<Pod>(path, query, signal)) {
        if (type === ERROR) break;
        yield type === 'DELETED' ? undefined : object;
      }
    } catch {
      await pause(ASK_AGAIN_MS, signal);
    }
  }
}
