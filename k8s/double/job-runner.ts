import { randomBytes } from 'node:crypto';
import type { Loose } from '../support/objects.js';
import type { ApiServerDouble, Controller } from './api-server.js';
import { JobPod, type Images } from './job-pod.js';
import type { PodLog } from './pod-log.js';
import { ApiError, type ApiRequest } from './requests.js';
import type { Kind } from './stored.js';

/**
 * What a cluster does with Jobs, for tests: the controller's part (one pod, deadline, deletion in the foreground, time to
 * live) and the kubelet's, which runs the containers as processes of this machine. A Job is tried once.
 */
export class JobRunner implements Controller {
  /** Why no pod may be made, in the words of a quota, say. */
  refusesPods: string | undefined;
  /** Why no node takes a pod. */
  unschedulable: string | undefined;
  private readonly pods = new Map<string, JobPod>();
  private readonly deadlines = new Map<string, NodeJS.Timeout>();
  private readonly jobs: Kind;
  private readonly podKind: Kind;
  private readonly unwatch: () => void;

  constructor(
    private readonly api: ApiServerDouble,
    namespace: string,
    private readonly images: Images,
  ) {
    this.jobs = { group: 'batch', namespace, resource: 'jobs' };
    this.podKind = { group: '', namespace, resource: 'pods' };
    api.controller = this;
    this.unwatch = api.stored.watch(this.jobs, api.stored.list(this.jobs).version, ({ type, object }) => {
      if (type === 'ADDED') this.run(object);
      if (type === 'MODIFIED') this.watchDeadline(object);
    });
  }

  async stop(): Promise<void> {
    this.unwatch();
    for (const timer of this.deadlines.values()) clearTimeout(timer);
    for (const pod of this.pods.values()) pod.terminate(0);
    await Promise.all([...this.pods.values()].map(({ ended }) => ended));
  }

  delete({ resource, name, query, body }: ApiRequest): boolean {
    const option = (key: string) => body?.[key] ?? query.get(key);
    if (resource === 'pods') return this.endPod(name, Number(option('gracePeriodSeconds') ?? Number.NaN));
    if (resource !== 'jobs') return false;
    for (const { metadata } of this.podsOf(name))
      if (!this.endPod(metadata.name)) this.api.stored.delete({ ...this.podKind, name: metadata.name });
    if (option('propagationPolicy') !== 'Foreground' || this.podsOf(name).length === 0) return false;
    // It is there until its pods are not.
    this.mark(this.jobs, name);
    return true;
  }

  log({ name, query }: ApiRequest): PodLog {
    const pod = this.pods.get(name);
    if (!pod) throw new ApiError(404, 'NotFound', `pods "${name}" not found`);
    return pod.log(query.get('container')!);
  }

  private run(job: Loose): void {
    const { name } = job.metadata;
    this.api.stored.patch({ ...this.jobs, name, body: { status: { startTime: new Date().toISOString(), active: 1 } } });
    if (this.refusesPods) {
      const message = `Error creating: ${this.refusesPods}`;
      return this.event({ kind: 'Job', name }, 'FailedCreate', message);
    }
    const { metadata, spec } = job.spec.template;
    const podName = `${name}-${randomBytes(3).toString('hex').slice(0, 5)}`;
    const labels = { ...metadata.labels, 'batch.kubernetes.io/job-name': name };
    const scheduled = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: this.unschedulable };
    const status = { phase: 'Pending', ...(this.unschedulable && { conditions: [scheduled] }) };
    const pod = this.api.stored.create({
      ...this.podKind,
      body: { metadata: { ...metadata, name: podName, labels }, spec, status },
    });
    if (this.unschedulable) return;
    const running = new JobPod(this.api.stored, this.podKind, pod, this.images);
    this.pods.set(podName, running);
    void running.ended.then(() => this.ended(name, podName));
  }

  private ended(jobName: string, podName: string): void {
    const pod = this.api.stored.find({ ...this.podKind, name: podName });
    if (pod?.metadata.deletionTimestamp) this.removePod(podName, jobName);
    const job = this.api.stored.find({ ...this.jobs, name: jobName });
    if (!job || job.metadata.deletionTimestamp) return;
    clearTimeout(this.deadlines.get(jobName));
    const late = job.status.conditions?.[0]?.reason === 'DeadlineExceeded';
    const type = pod?.status.phase === 'Succeeded' ? 'Complete' : 'Failed';
    const conditions = [{ type, status: 'True', ...(late && { reason: 'DeadlineExceeded' }) }];
    this.api.stored.patch({ ...this.jobs, name: jobName, body: { status: { active: 0, conditions } } });
  }

  /** It counts from the Job's start, and whoever changes it is heard. */
  private watchDeadline({ metadata: { name }, spec: { activeDeadlineSeconds }, status }: Loose): void {
    clearTimeout(this.deadlines.get(name));
    if (status?.active !== 1 || activeDeadlineSeconds === undefined) return;
    const end = () => {
      const conditions = [{ type: 'Failed', status: 'True', reason: 'DeadlineExceeded' }];
      this.api.stored.patch({ ...this.jobs, name, body: { status: { active: 0, conditions } } });
      for (const pod of this.podsOf(name)) this.endPod(pod.metadata.name);
    };
    const after = Date.parse(status.startTime) + activeDeadlineSeconds * 1_000 - Date.now();
    this.deadlines.set(name, setTimeout(end, Math.max(0, after)));
  }

  private endPod(name: string, seconds = Number.NaN): boolean {
    const running = this.pods.get(name);
    if (!running || running.over) return false;
    this.mark(this.podKind, name);
    running.terminate(Number.isNaN(seconds) ? undefined : seconds);
    return true;
  }

  private removePod(name: string, jobName: string): void {
    this.pods.delete(name);
    this.api.stored.delete({ ...this.podKind, name });
    const job = this.api.stored.find({ ...this.jobs, name: jobName });
    if (job?.metadata.deletionTimestamp) this.api.stored.delete({ ...this.jobs, name: jobName });
  }

  private mark(kind: Kind, name: string): void {
    this.api.stored.patch({ ...kind, name, body: { metadata: { deletionTimestamp: new Date().toISOString() } } });
  }

  private podsOf(job: string): Loose[] {
    return this.api.stored.list(this.podKind, ({ metadata }) => metadata.labels['batch.kubernetes.io/job-name'] === job).items;
  }

  private event(involvedObject: { kind: string; name: string }, reason: string, message: string): void {
    const { namespace } = this.jobs;
    const metadata = { name: `${involvedObject.name}.${randomBytes(4).toString('hex')}` };
    const body = { metadata, involvedObject, reason, message, type: 'Warning' };
    this.api.stored.create({ group: '', namespace, resource: 'events', body });
  }
}
