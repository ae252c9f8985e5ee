import { describe, expect, it } from '@jest/globals';
import type { ContainerStatus } from './kubernetes-objects.js';
import { endOf, hasBegun, unscheduled } from './pod-state.js';

const pod = (state: ContainerStatus['state'], status: object = {}) => ({
  metadata: { name: 'p' },
  spec: { containers: [{ name: 'command', image: 'tools:1' }] },
  status: { containerStatuses: [{ name: 'command', ...(state && { state }) }], ...status },
});
const terminated = (exitCode: number, reason?: string, message?: string) =>
  pod({ terminated: { exitCode, ...(reason && { reason }), ...(message && { message }) } });

describe('how a command ended, as its pod says', () => {
  it.each([
    ['with its code', terminated(3, 'Error'), { kind: 'exited', code: 3, signal: null }],
    ['by a signal', terminated(137, 'Error'), { kind: 'exited', code: null, signal: 'SIGKILL' }],
    ['for want of memory', terminated(137, 'OOMKilled'), { kind: 'exited', signal: 'SIGKILL', exceeded: 'memory' }],
    [
      'for want of disk',
      pod({ running: {} }, { reason: 'Evicted', message: 'Usage of EmptyDir volume "workspace" exceeds the limit "8Gi".' }),
      { kind: 'exited', exceeded: 'disk' },
    ],
    [
      'before it began: no such program',
      terminated(128, 'StartError', 'exec: "x": executable file not found in $PATH'),
      { kind: 'not_started', code: 'command_not_found', retryable: false },
    ],
    [
      'before it began: it may not be run',
      terminated(126, 'ContainerCannotRun', 'exec: "x": permission denied'),
      { kind: 'not_started', code: 'not_executable' },
    ],
    [
      'before it began: its image wants to be root',
      pod({ waiting: { reason: 'CreateContainerConfigError', message: 'image will run as root' } }),
      { kind: 'not_started', code: 'bad_command', message: 'The command could not be started: image will run as root' },
    ],
    [
      'before it began: no such image',
      pod({ waiting: { reason: 'InvalidImageName', message: 'bad' } }),
      { kind: 'not_started', code: 'image_unavailable', retryable: false },
    ],
    [
      'before it began: its node failed',
      pod(undefined, { phase: 'Failed', reason: 'NodeLost' }),
      { code: 'pod_failed', retryable: true },
    ],
  ])('%s', (_how, given, expected) => expect(endOf(given)).toMatchObject(expected));

  it('is not known while it may go on, or begin', () => {
    expect(endOf(pod({ running: {} }))).toBeUndefined();
    expect(endOf(pod({ waiting: { reason: 'ErrImagePull' } }))).toBeUndefined();
    expect([hasBegun(pod({ waiting: {} })), hasBegun(pod({ running: {} })), hasBegun(terminated(0))]).toEqual([
      false,
      true,
      true,
    ]);
    const conditions = [{ type: 'PodScheduled', status: 'False', message: '0/3 nodes are available' }];
    expect(unscheduled(pod(undefined, { conditions }))).toBe('no node takes its pod: 0/3 nodes are available');
  });
});
