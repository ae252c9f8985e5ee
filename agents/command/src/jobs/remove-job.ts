import type { StopReason } from '@agencyos/agent';
import { pause } from '../pause.js';
import { jobsPath, ofJob, podsPath, type KubernetesApi } from './kubernetes-api.js';
import type { Pod } from './kubernetes-objects.js';

/** Where the API cannot be reached, the Job's deadline ends it. */
const GIVE_UP_MS = 10_000;
const LOOK_MS = 200;
/** As long as a command has on any worker that is told to end it. */
const GRACE_SECONDS = 1;

/**
 * Takes a Job away. Where it is to end (`why`), its pod is ended first, and this resolves when nothing of it is there, or
 * nobody can say.
 */
export async function removeJob(
  api: KubernetesApi,
  { namespace, job }: { namespace: string; job: string },
  why: StopReason | undefined,
): Promise<void> {
  const late = AbortSignal.timeout(GIVE_UP_MS);
  while (!late.aborted) {
    try {
      const propagationPolicy = why ? 'Foreground' : 'Background';
      await api.delete(`${jobsPath(namespace)}/${job}`, { propagationPolicy });
      if (!why) return;
      const { items } = await api.list<Pod>(podsPath(namespace), ofJob(job));
      const grace = { gracePeriodSeconds: GRACE_SECONDS };
      await Promise.all(items.map(({ metadata }) => api.delete(`${podsPath(namespace)}/${metadata.name}`, grace)));
      if (items.length === 0) return;
    } catch {
      // it is asked again
    }
    await pause(LOOK_MS, late);
  }
}
