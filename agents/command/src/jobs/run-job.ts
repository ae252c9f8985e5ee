import type { StopReason } from '@agencyos/agent';
import { OutputLines } from '../output-lines.js';
import { pause } from '../pause.js';
import type { CommandEnd } from '../run-command.js';
import type { LimitName } from '../limits/limits.js';
import { createJob } from './create-job.js';
import { keepAlive } from './deadline.js';
import { followLog } from './follow-log.js';
import type { KubernetesApi } from './kubernetes-api.js';
import type { KubernetesJob, Pod } from './kubernetes-objects.js';
import { endOf, hasBegun, unscheduled, type PodEnd } from './pod-state.js';
import { podsOf } from './pods-of.js';
import { removeJob } from './remove-job.js';
import { whyNoPod } from './why-no-pod.js';

export interface JobSettings {
  api: KubernetesApi;
  /** Aborting ends the Job, and resolves when nothing of it is left. */
  signal: AbortSignal;
  onLine(line: string): void;
  outputBytes: number;
  followLease?: ((listener: (endBy: number) => void) => void) | undefined;
  /** Resolves when what it leaves has been brought: it is there until then. */
  delivered: Promise<unknown>;
  timing?: Partial<JobTiming>;
}

/** In ms. */
export interface JobTiming {
  /** How long a pod may wait for a node, or for a quota. */
  placeMs: number;
  /** How often is asked why there is no pod yet. */
  askMs: number;
  /** How long the end of a log is waited for. */
  logMs: number;
  /** How long what it leaves is waited for. */
  deliverMs: number;
}

export const defaultJobTiming: JobTiming = { placeMs: 300_000, askMs: 2_000, logMs: 10_000, deliverMs: 60_000 };

/** Runs a command in a Job; when this resolves after an abort, its pod has ended. */
export async function runJob(job: KubernetesJob, settings: JobSettings): Promise<CommandEnd> {
  const { api, signal } = settings;
  const { name, namespace } = job.metadata;
  const place = { namespace, job: name };
  const refused = await createJob(api, job, signal);
  if (refused) return refused;
  const watching = new AbortController();
  keepAlive(api, job, { followLease: settings.followLease, signal: watching.signal });
  try {
    return await ended(place, watching, settings);
  } finally {
    watching.abort();
    await removeJob(api, place, signal.aborted ? (signal.reason as StopReason) : undefined);
  }
}

type Place = { namespace: string; job: string };

async function ended(place: Place, watching: AbortController, settings: JobSettings): Promise<CommandEnd> {
  const { api, onLine, outputBytes } = settings;
  const { placeMs, askMs, logMs, deliverMs } = { ...defaultJobTiming, ...settings.timing };
  const signal = AbortSignal.any([settings.signal, watching.signal]);
  const output = new OutputLines(onLine);
  const source = output.source();
  let exceeded: LimitName | undefined;
  let end: PodEnd | undefined;
  let following: Promise<void> | undefined;
  const write = (text: string) => {
    source.write(Buffer.from(text));
    if (output.bytes > outputBytes) exceeded = 'output';
  };
  const follow = (pod: Pod) =>
    followLog(api, { ...place, pod: pod.metadata.name }, { write, ended: () => end !== undefined, signal });

  const waitedSince = performance.now();
  let said = '';
  let seen: Pod | undefined;
  const pods = podsOf(api, place, signal);
  let next = pods.next();
  while (!signal.aborted) {
    const turn = await Promise.race([next, pause(askMs, signal)]);
    if (turn) next = pods.next();
    const pod = turn ? (turn.value as Pod | undefined) : seen;
    if (exceeded) return { kind: 'exited', code: null, signal: 'SIGKILL', output, exceeded };
    if (!pod && seen) return lost;
    seen = pod;
    if (pod && hasBegun(pod)) following ??= follow(pod);
    end = pod && endOf(pod);
    if (end) break;
    const waits = pod ? unscheduled(pod) : await whyNoPod(api, place);
    if (waits && waits !== said) onLine(`[job: ${(said = waits)}]`);
    if (waits && performance.now() - waitedSince > placeMs) return notPlaced(waits);
  }
  await Promise.race([following, pause(logMs, signal)]);
  source.end();
  if (!end) return lost; // it was told to end, and nobody asks how
  if (end.kind === 'not_started') return end;
  if (!end.exceeded) await Promise.race([settings.delivered, pause(deliverMs, signal)]);
  return { ...end, output };
}

const lost: CommandEnd = {
  kind: 'not_started',
  code: 'pod_lost',
  message: 'Its pod was taken away before the command had ended: its node is drained, say.',
  retryable: true,
};

const notPlaced = (why: string): CommandEnd => ({
  kind: 'not_started',
  code: /exceeded quota/.test(why) ? 'quota_exceeded' : 'not_scheduled',
  message: `The command has not begun: ${why}.`,
  retryable: true,
});
