import type { CommandEnd } from '../run-command.js';
import type { ContainerStatus, Pod } from './kubernetes-objects.js';
import { COMMAND } from './manifest.js';

/** How a command ended, as its pod says; what it has said is known to who follows it. */
export type PodEnd =
  | Extract<CommandEnd, { kind: 'not_started' }>
  | { kind: 'exited'; code: number | null; signal: NodeJS.Signals | null; exceeded?: 'memory' | 'disk' };

const TERMINATED: Record<number, NodeJS.Signals> = { 137: 'SIGKILL', 143: 'SIGTERM' };

/** Whether it has begun, so that it has a log. */
export const hasBegun = (pod: Pod): boolean => {
  const { running, terminated } = stateOf(pod.status?.containerStatuses, COMMAND);
  return running !== undefined || terminated !== undefined;
};

/** Undefined while it runs, or may run yet. */
export function endOf(pod: Pod): PodEnd | undefined {
  const { status } = pod;
  const { waiting, terminated } = stateOf(status?.containerStatuses, COMMAND);
  if (status?.reason === 'Evicted' && /volume "workspace" exceeds/.test(status.message ?? ''))
    return { kind: 'exited', code: null, signal: 'SIGKILL', exceeded: 'disk' };
  if (terminated) {
    const { exitCode, reason, message = '' } = terminated;
    if (reason === 'StartError' || reason === 'ContainerCannotRun') return notStarted(message);
    const signal = TERMINATED[exitCode] ?? null;
    const exceeded = reason === 'OOMKilled' && ({ exceeded: 'memory' } as const);
    return { kind: 'exited', code: signal ? null : exitCode, signal, ...exceeded };
  }
  if (waiting && /^(CreateContainer(Config)?Error|RunContainerError)$/.test(waiting.reason ?? ''))
    return notStarted(waiting.message ?? waiting.reason ?? '');
  const image = unavailableImage(pod);
  if (image) return image;
  if (status?.phase === 'Failed') {
    const why = status.message ?? status.reason ?? 'no reason given';
    return {
      kind: 'not_started',
      code: 'pod_failed',
      message: `Its pod failed before the command began: ${why}.`,
      retryable: true,
    };
  }
  return undefined;
}

/** Why no node has it yet. */
export function unscheduled(pod: Pod): string | undefined {
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  return scheduled?.status === 'False' ? `no node takes its pod: ${scheduled.message ?? scheduled.reason}` : undefined;
}

function unavailableImage({ spec, status }: Pod): PodEnd | undefined {
  const all = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const found = all.find(({ state }) =>
    /^(ImagePullBackOff|InvalidImageName|ErrImageNeverPull)$/.test(state?.waiting?.reason ?? ''),
  );
  if (!found) return undefined;
  const { reason, message } = found.state!.waiting!;
  const wanted = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].find(({ name }) => name === found.name);
  return {
    kind: 'not_started',
    code: 'image_unavailable',
    message: `The image ${wanted?.image ?? found.image} cannot be had (${reason}): ${message ?? 'no reason given'}`,
    retryable: reason === 'ImagePullBackOff',
  };
}

function notStarted(message: string): PodEnd {
  const code = /not found|no such file/i.test(message)
    ? 'command_not_found'
    : /permission denied/i.test(message)
      ? 'not_executable'
      : 'bad_command';
  return { kind: 'not_started', code, message: `The command could not be started: ${message}`, retryable: false };
}

const stateOf = (statuses: ContainerStatus[] | undefined, name: string) =>
  statuses?.find((status) => status.name === name)?.state ?? {};
