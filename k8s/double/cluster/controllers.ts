import { createHash, randomBytes } from 'node:crypto';
import { nameOf, type KubernetesObject, type Labels, type Loose } from '../../support/objects.js';
import type { Clock, Timers } from './clock.js';
import type { Pod, PodTemplate } from './pod.js';
import { nextStep, strategyOf } from './rollout.js';

const FIRST_BACK_OFF_SECONDS = 10;
const LONGEST_BACK_OFF_SECONDS = 360;

/** What controllers do with. */
export interface Hands {
  clock: Clock;
  timers: Timers;
  /** Also those on their way out. */
  podsOf(owner: string): Pod[];
  make(template: Omit<PodTemplate, 'nodeName'>): void;
  event(object: string, reason: string, message: string): void;
  changed(): void;
}

export const hashOf = (template: Loose): string =>
  createHash('sha256').update(JSON.stringify(template)).digest('hex').slice(0, 10);
export const ownerOf = (object: KubernetesObject): string =>
  `${object.kind} ${object.metadata.namespace}/${object.metadata.name}`;

function podOf(object: KubernetesObject, name: string, labels: Labels = {}, spec: Loose = {}): Omit<PodTemplate, 'nodeName'> {
  const { template } = object.spec;
  return {
    ...{ name, namespace: object.metadata.namespace!, owner: ownerOf(object), hash: hashOf(template) },
    labels: { ...template.metadata?.labels, ...labels },
    annotations: template.metadata?.annotations ?? {},
    spec: { ...template.spec, ...spec },
  };
}

const suffix = () => randomBytes(3).toString('hex').slice(0, 5);

export function stepDeployment(object: KubernetesObject, hands: Hands): void {
  const { spec, metadata } = object;
  const { type = 'RollingUpdate', rollingUpdate } = spec.strategy ?? {};
  if (type !== 'RollingUpdate') throw new Error(`${nameOf(object)}: the strategy ${type} is not known to the cluster's double`);
  const hash = hashOf(spec.template);
  const pods = hands.podsOf(ownerOf(object)).filter(({ terminating }) => !terminating);
  const standing = pods.map((pod) => ({ pod, current: pod.template.hash === hash, ready: pod.ready, made: pod.made }));
  const { make, remove } = nextStep(strategyOf(spec.replicas ?? 1, rollingUpdate), standing);
  for (let n = 0; n < make; n++) hands.make(podOf(object, `${metadata.name}-${hash}-${suffix()}`, { 'pod-template-hash': hash }));
  for (const { pod } of remove) void pod.terminate();
}

export function stepStatefulSet(object: KubernetesObject, hands: Hands): void {
  const { spec, metadata } = object;
  const { replicas = 1, podManagementPolicy = 'OrderedReady' } = spec;
  const atOnce = podManagementPolicy === 'Parallel';
  const pods = hands.podsOf(ownerOf(object));
  const number = (pod: Pod) => Number(pod.name.slice(metadata.name.length + 1));
  for (let n = 0; n < replicas; n++) {
    const pod = pods.find((one) => number(one) === n);
    if (!pod) hands.make(statefulPod(object, n));
    if (!atOnce && !pod?.ready) return;
  }
  const surplus = pods.filter((pod) => number(pod) >= replicas).sort((one, other) => number(other) - number(one));
  for (const pod of atOnce ? surplus : surplus.slice(0, 1)) void pod.terminate();
  if (surplus.length > 0) return;
  // From the last to the first, each when those after it are ready again.
  const hash = hashOf(spec.template);
  for (const pod of [...pods].sort((one, other) => number(other) - number(one))) {
    if (pod.template.hash !== hash && !pod.terminating) return void pod.terminate();
    if (!pod.ready) return;
  }
}

function statefulPod(object: KubernetesObject, n: number): Omit<PodTemplate, 'nodeName'> {
  const name = `${object.metadata.name}-${n}`;
  const claimed = (object.spec.volumeClaimTemplates ?? []).map(({ metadata }: KubernetesObject) => ({
    name: metadata.name,
    persistentVolumeClaim: { claimName: `${metadata.name}-${name}` },
  }));
  const { volumes = [] } = object.spec.template.spec;
  const spec = { hostname: name, subdomain: object.spec.serviceName, volumes: [...volumes, ...claimed] };
  return podOf(object, name, { 'statefulset.kubernetes.io/pod-name': name }, spec);
}

/** What became of a Job. */
export interface JobState {
  outcome?: 'Complete' | 'Failed';
  failures: number;
  /** Until then no further pod is made. */
  waits: boolean;
  timed: boolean;
}

export function stepJob(object: KubernetesObject, state: JobState, hands: Hands): void {
  const { spec, metadata } = object;
  const { backoffLimit = 6, completions = 1, parallelism = 1, activeDeadlineSeconds, template } = spec;
  if (completions !== 1 || parallelism !== 1) throw new Error(`${nameOf(object)}: the cluster's double runs one pod of a Job`);
  if (state.outcome) return;
  const fail = (reason: string, message: string) => {
    state.outcome = 'Failed';
    hands.event(metadata.name, reason, message);
    for (const pod of hands.podsOf(ownerOf(object))) void pod.terminate();
    hands.changed();
  };
  if (activeDeadlineSeconds && !state.timed) {
    state.timed = true;
    const late = () => state.outcome ?? fail('DeadlineExceeded', 'Job was active longer than specified deadline');
    hands.timers.after(activeDeadlineSeconds * hands.clock.secondMs, late);
  }
  const pods = hands.podsOf(ownerOf(object));
  const pod = pods.find(({ terminating }) => !terminating);
  const tooMany = () => fail('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
  if (!pod) {
    if (!state.waits && pods.length === 0)
      hands.make(podOf(object, `${metadata.name}-${suffix()}`, { 'job-name': metadata.name }));
  } else if (pod.phase === 'Succeeded') {
    state.outcome = 'Complete';
    hands.changed();
  } else if (pod.phase === 'Failed' || pod.restarts > backoffLimit) {
    if (template.spec.restartPolicy === 'OnFailure' || ++state.failures > backoffLimit) return tooMany();
    state.waits = true;
    const pause = Math.min(FIRST_BACK_OFF_SECONDS * 2 ** (state.failures - 1), LONGEST_BACK_OFF_SECONDS);
    void pod.terminate(0);
    hands.timers.after(pause * hands.clock.backOffSecondMs, () => {
      state.waits = false;
      hands.changed();
    });
  }
}
