import { jobsPath, type KubernetesApi } from './kubernetes-api.js';
import type { KubernetesJob } from './kubernetes-objects.js';

/** How far beyond its lease a Job may run when nobody ends it. */
export const AHEAD_SECONDS = 60;

/**
 * Moves a Job's deadline on as its lease is renewed: whatever becomes of this worker, the cluster ends the Job soon after the
 * lease has run out.
 */
export function keepAlive(
  api: KubernetesApi,
  job: KubernetesJob,
  { followLease, signal }: { followLease?: ((listener: (endBy: number) => void) => void) | undefined; signal: AbortSignal },
): void {
  const { name, namespace } = job.metadata;
  const begun = performance.now();
  let inForce = job.spec.activeDeadlineSeconds;
  let asked = false;
  followLease?.((endBy) => {
    const wanted = Math.ceil((endBy - begun) / 1_000) + AHEAD_SECONDS;
    // Not at each renewal: every worker asks the same server.
    if (signal.aborted || asked || wanted - inForce < AHEAD_SECONDS / 3) return;
    asked = true;
    api
      .merge(`${jobsPath(namespace)}/${name}`, { spec: { activeDeadlineSeconds: wanted } })
      .then(() => (inForce = wanted))
      .catch(() => undefined) // the next renewal does it
      .finally(() => (asked = false));
  });
}
