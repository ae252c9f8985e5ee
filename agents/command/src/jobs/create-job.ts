import { pause } from '../pause.js';
import type { CommandEnd } from '../run-command.js';
import { isCode, jobsPath, KubernetesRefusal, type KubernetesApi } from './kubernetes-api.js';
import type { KubernetesJob } from './kubernetes-objects.js';
import { ATTEMPT_LABEL, HOLDER_ANNOTATION, TASK_LABEL } from './manifest.js';
import { removeJob } from './remove-job.js';

const ASK_AGAIN_MS = 1_000;
const CONFLICT = 409;
/** Forbidden, no such namespace, not as a Job has to be. */
const HOPELESS = [403, 404, 422];

/** Makes a Job once, whatever becomes of answers. Returns why there is none; undefined where there is, or it was aborted. */
export async function createJob(api: KubernetesApi, job: KubernetesJob, signal: AbortSignal): Promise<CommandEnd | undefined> {
  const { name, namespace } = job.metadata;
  while (!signal.aborted) {
    try {
      await endEarlierAttempts(api, job);
      await api.create(jobsPath(namespace), job).catch(async (error: unknown) => {
        if (!isCode(error, CONFLICT)) throw error;
        // By a request of ours whose answer was lost, or by somebody else.
        if (holderOf(await api.get<KubernetesJob>(`${jobsPath(namespace)}/${name}`)) !== holderOf(job)) throw new Taken();
      });
      return undefined;
    } catch (error) {
      if (error instanceof Taken) return taken(name);
      if (error instanceof KubernetesRefusal && HOPELESS.includes(error.code)) return refused(namespace, error.message);
      await pause(ASK_AGAIN_MS, signal);
    }
  }
  return undefined;
}

class Taken extends Error {}

const holderOf = (job: KubernetesJob) => job.metadata.annotations?.[HOLDER_ANNOTATION];

const taken = (name: string): CommandEnd => ({
  kind: 'not_started',
  code: 'job_exists',
  message: `There is a Job ${name} of this attempt already, which another worker has made: it runs once, and ends by itself.`,
  retryable: true,
});

/** Of a worker that is gone: none of them may run beside this one. */
async function endEarlierAttempts(api: KubernetesApi, job: KubernetesJob): Promise<void> {
  const { namespace, labels = {} } = job.metadata;
  const labelSelector = `${TASK_LABEL}=${labels[TASK_LABEL]}`;
  const { items } = await api.list<KubernetesJob>(jobsPath(namespace), { labelSelector });
  const attemptOf = (one: KubernetesJob) => Number(one.metadata.labels?.[ATTEMPT_LABEL]);
  const earlier = items.filter((one) => attemptOf(one) < attemptOf(job));
  await Promise.all(earlier.map(({ metadata }) => removeJob(api, { namespace, job: metadata.name }, 'lease_lost')));
}

function refused(namespace: string, why: string): CommandEnd {
  if (/exceeded quota/.test(why)) {
    const message = `The quota of the namespace ${namespace} lets no more Jobs in: ${why}.`;
    return { kind: 'not_started', code: 'quota_exceeded', message, retryable: true };
  }
  const message = `This worker cannot make a Job in the namespace ${namespace}: ${why}. Whoever runs the cluster gives it the right (agentJobs of the chart).`;
  return { kind: 'not_started', code: 'jobs_forbidden', message, retryable: false };
}
