import { eventsPath, type KubernetesApi } from './kubernetes-api.js';
import type { KubernetesEvent } from './kubernetes-objects.js';

/** Why the Job's controller may not make its pod (a quota, Pod Security), in its own words. */
export async function whyNoPod(
  api: KubernetesApi,
  { namespace, job }: { namespace: string; job: string },
): Promise<string | undefined> {
  const fieldSelector = `involvedObject.kind=Job,involvedObject.name=${job}`;
  const { items } = await api.list<KubernetesEvent>(eventsPath(namespace), { fieldSelector }).catch(() => ({ items: [] }));
  return items.findLast(({ reason }) => reason === 'FailedCreate')?.message;
}
