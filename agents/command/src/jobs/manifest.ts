import { createHash } from 'node:crypto';
import type { HeldTask } from '@agencyos/agent';
import type { KubernetesProfile } from '../isolation/kubernetes-profile.js';
import type { KubernetesJob } from './kubernetes-objects.js';

/** Where a command finds its workspace in a Job. */
export const WORKSPACE = '/workspace';
export const COMMAND = 'command';
export const TASK_LABEL = 'agencyos.dev/task';
export const ATTEMPT_LABEL = 'agencyos.dev/attempt';
export const HOLDER_ANNOTATION = 'agencyos.dev/holder';
/** For what has been produced to be delivered in. */
const GRACE_SECONDS = 60;
/** Should nobody delete it. */
const KEPT_SECONDS = 300;

export interface JobOf {
  task: HeldTask;
  argv: readonly string[];
  env: Readonly<Record<string, string>>;
  image: string;
  profile: KubernetesProfile;
  /** Of the helper, which brings its files and takes what it produces. */
  ownImage: string;
  /** Where it finds this worker, and what opens the files of this attempt there. */
  files: { url: string; ticket: string };
  deadlineSeconds: number;
  diskBytes: number;
  /** Tells who made it. */
  holder: string;
}

/** One name for one attempt: a second one cannot be made. */
export const jobName = ({ runId, taskId, attempt }: HeldTask): string => `agencyos-${digest(`${runId}/${taskId}`)}-${attempt}`;

export const taskLabel = ({ runId, taskId }: HeldTask): string => digest(`${runId}/${taskId}`);

/** The Job of one attempt: one pod, tried once, as the profile `restricted` of Pod Security wants it. */
export function jobManifest(job: JobOf): KubernetesJob {
  const { task, profile } = job;
  const labels = { ...profile.labels, [TASK_LABEL]: taskLabel(task), [ATTEMPT_LABEL]: String(task.attempt) };
  const annotations = { [HOLDER_ANNOTATION]: job.holder, 'agencyos.dev/run': task.runId, 'agencyos.dev/task': task.taskId };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: jobName(task), namespace: profile.namespace, labels, annotations },
    spec: {
      ...{ backoffLimit: 0, completions: 1, parallelism: 1 },
      activeDeadlineSeconds: job.deadlineSeconds,
      ttlSecondsAfterFinished: KEPT_SECONDS,
      template: { metadata: { labels }, spec: podSpec(job) },
    },
  };
}

function podSpec(job: JobOf) {
  const { profile, argv, env } = job;
  const { runAsUser, fsGroup, nodeSelector, tolerations, affinity, priorityClassName, imagePullSecrets } = profile;
  return {
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: GRACE_SECONDS,
    securityContext: {
      runAsNonRoot: true,
      ...(runAsUser !== undefined && { runAsUser, runAsGroup: runAsUser }),
      ...(fsGroup !== undefined && { fsGroup }),
      seccompProfile: { type: 'RuntimeDefault' },
    },
    ...(nodeSelector && { nodeSelector }),
    ...(tolerations && { tolerations }),
    ...(affinity && { affinity }),
    ...(priorityClassName && { priorityClassName }),
    ...(imagePullSecrets && { imagePullSecrets }),
    initContainers: [helper(job)],
    containers: [
      {
        name: COMMAND,
        image: job.image,
        // Whatever the image would start stays out of it.
        command: argv.map(escaped),
        workingDir: WORKSPACE,
        env: variables(env),
        ...(profile.envFrom && { envFrom: profile.envFrom.map((name) => ({ secretRef: { name } })) }),
        resources: profile.resources,
        securityContext: restricted,
        volumeMounts: [
          { name: 'workspace', mountPath: WORKSPACE },
          { name: 'tmp', mountPath: '/tmp' },
        ],
      },
    ],
    volumes: [
      { name: 'workspace', emptyDir: { sizeLimit: String(job.diskBytes) } },
      { name: 'tmp', emptyDir: { sizeLimit: '1Gi' } },
      { name: 'helper', emptyDir: { sizeLimit: '1Mi' } },
    ],
  };
}

/**
 * Of our own image, and alone in holding the ticket: the command sees neither its processes nor its folder. A sidecar, so that
 * it is there before the command, and is told when that has ended, however it did.
 */
const helper = ({ ownImage, files }: JobOf) => ({
  name: 'files',
  image: ownImage,
  restartPolicy: 'Always',
  args: ['agents/command/dist/jobs/files.js', WORKSPACE],
  startupProbe: { exec: { command: ['test', '-e', '/tmp/ready'] }, periodSeconds: 1, failureThreshold: 600 },
  env: variables({ AGENCYOS_FILES_URL: files.url, AGENCYOS_FILES_TICKET: files.ticket, AGENCYOS_FILES_TEMP: '/tmp' }),
  resources: { requests: { cpu: '10m', memory: '96Mi' }, limits: { cpu: '1', memory: '512Mi' } },
  securityContext: restricted,
  volumeMounts: [
    { name: 'workspace', mountPath: WORKSPACE },
    { name: 'helper', mountPath: '/tmp' },
  ],
});

const restricted = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  capabilities: { drop: ['ALL'] },
};

const variables = (env: Readonly<Record<string, string>>) =>
  Object.entries(env).map(([name, value]) => ({ name, value: escaped(value) }));

/** Kubernetes puts variables in for `$(NAME)`; `$$` is a dollar sign. */
const escaped = (text: string): string => text.replaceAll('$', '$$$$');

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);
