import type { Content, RunCommand, RunEvent } from '@agencyos/contracts';
import { isRejection, type CommandMetadata } from '@agencyos/decider';
import type { Memory, Reaction } from '@agencyos/runtime';
import { testMetadata } from '@agencyos/testing/decider';
import { planMore } from '../run/plan-more.reactions.js';
import { noRun, type Run } from '../run/run-state.js';
import { runDecider } from '../run/run.decider.js';
import type { RunPrepared } from '../run/run-command.js';
import type { StoredValues } from '../run/stored-outputs.js';
import { addMs } from '../time.js';
import type { WorkflowDefinition } from '../workflow/workflow-definition.js';

export const RUN_ID = '01900000-0000-7000-8000-00000000000f';
export const NO_USAGE = { inputTokens: 0, outputTokens: 0, cachedTokens: 0, activeMs: 0 };
const noMemory = {} as Memory;
const DIGEST = `sha256:${'0'.repeat(64)}`;

/** One run in memory: commands in, events out (with what the service answers itself), time by hand. */
export class RunSimulation {
  run: Run = noRun;
  readonly events: (RunEvent & { recordedAt: string })[] = [];
  now = '2026-01-01T00:00:00.000Z';
  roles: string[];
  stored: StoredValues = new Map();

  constructor(readonly definition: WorkflowDefinition) {
    this.roles = definition.roles;
  }

  static started(definition: WorkflowDefinition, input: Record<string, unknown> = { repository: '/repo' }): RunSimulation {
    const simulation = new RunSimulation(definition);
    simulation.do('StartRun', {
      workflowId: definition.workflowId,
      input: { value: input },
      cause: { kind: 'manual' },
    });
    return simulation;
  }

  /** @returns the events of the command and of what followed from them. @throws Rejection */
  do<T extends RunCommand['type']>(
    type: T,
    data: Omit<Extract<RunCommand, { type: T }>['data'], 'runId'>,
    metadata: Partial<CommandMetadata> = {},
  ): RunEvent[] {
    const events = this.append(type, data, metadata);
    const followed = events.flatMap((event) =>
      (planMore.react(event as never, noMemory) as Reaction[]).flatMap(() =>
        this.do('PlanMore', {}, { actor: 'service:swarm', sender: 'swarm' }),
      ),
    );
    return [...events, ...followed];
  }

  /** The appends that were made, one after the other. */
  readonly appends: RunEvent[][] = [];

  private append(type: RunCommand['type'], data: object, metadata: Partial<CommandMetadata>): RunEvent[] {
    const prepared: RunPrepared = {
      definition: this.definition,
      stored: this.stored,
      workflow: { version: 1, digest: DIGEST },
      agent: { roles: this.roles },
    };
    const events = runDecider.decide(
      {
        type,
        data: { runId: RUN_ID, ...data },
        metadata: testMetadata({ actor: 'agent:worker', sender: 'agent_worker', now: this.now, ...metadata }),
        prepared,
      } as Parameters<typeof runDecider.decide>[0],
      this.run,
    );
    if (events.length > 0) this.appends.push(events);
    for (const event of events) this.record(event, metadata.actor);
    return events;
  }

  /** As it stands in the log, whoever wrote it there. */
  record(event: RunEvent, actor = 'agent:worker'): void {
    const recorded = { revision: this.events.length, recordedAt: this.now, actor };
    this.run = runDecider.evolve(this.run, JSON.parse(JSON.stringify(event)) as RunEvent, recorded);
    this.events.push({ ...event, recordedAt: this.now });
  }

  /** Code of the refusal, or nothing when it was accepted. */
  refusal(...command: Parameters<RunSimulation['do']>): string | undefined {
    try {
      this.do(...command);
      return undefined;
    } catch (error) {
      if (isRejection(error)) return error.code;
      throw error;
    }
  }

  claim(taskId: string, attempt = this.attempt(taskId), actor = 'agent:worker') {
    return this.do('ClaimTask', { taskId, attempt, instanceId: 'i1' }, { actor });
  }

  succeed(
    taskId: string,
    value: unknown = {},
    attempt = this.attempt(taskId),
    actor = 'agent:worker',
    artifacts: Content[] = [],
  ) {
    const result = { output: { value }, artifacts, usage: NO_USAGE };
    return this.do('SucceedTask', { taskId, attempt, ...result }, { actor });
  }

  complete(taskId: string, value: unknown = {}) {
    this.claim(taskId);
    return this.succeed(taskId, value);
  }

  /** Succeeds with files: name and digest of each. */
  produce(taskId: string, files: Record<string, string>) {
    this.claim(taskId);
    const artifacts = Object.entries(files).map(([name, digest]) => ({
      ...{ name, digest, bytes: 3, mediaType: 'text/plain' },
    }));
    return this.succeed(taskId, {}, undefined, undefined, artifacts);
  }

  fail(taskId: string, retryable = true, attempt = this.attempt(taskId)) {
    const fault = { code: 'exit', message: 'exit code 1' as never, retryable };
    return this.do('FailTask', { taskId, attempt, fault, usage: NO_USAGE });
  }

  expire(taskId: string, attempt = this.attempt(taskId)) {
    return this.do('ExpireLease', { taskId, attempt, lastSeenAt: this.now }, { actor: 'service:swarm' });
  }

  open(taskId: string, validForMs = 900_000) {
    const { approvalId, actionDigest } = this.run.tasks.get(taskId)!;
    const validUntilAt = addMs(this.now, validForMs);
    return this.do(
      'OpenGate',
      { taskId, approvalId: approvalId!, actionDigest: actionDigest!, validUntilAt },
      { actor: 'service:swarm' },
    );
  }

  later(ms: number): void {
    this.now = addMs(this.now, ms);
  }

  attempt(taskId: string): number {
    return this.run.tasks.get(taskId)?.attempt ?? 0;
  }

  state(taskId: string) {
    return this.run.tasks.get(taskId)?.state;
  }
}

/** `TaskScheduled(lint,2)` */
export function shortNames(events: readonly RunEvent[]): string[] {
  return events.map(({ type, data }) => {
    const parts = [(data as { taskId?: string }).taskId, (data as { attempt?: number }).attempt].filter(
      (part) => part !== undefined,
    );
    return parts.length > 0 ? `${type}(${parts.join(',')})` : type;
  });
}
