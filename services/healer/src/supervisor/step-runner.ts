import { fitText, ids, type CommandMessage, type Fault } from '@agencyos/contracts';
import {
  describeError,
  isFinal,
  pause,
  type Commands,
  type EventStore,
  type Logger,
  type RecordedEvent,
} from '@agencyos/runtime';
import type { Situation } from '../reactions/situation.js';
import type { DataOf } from '../reactions/facts.js';
import type { Cursors } from './cursors.js';
import { restartProcesses } from './restart-processes.js';
import { DriverRefused, type SupervisorClient } from './supervisor-client.js';

type StepStarted = DataOf<'RepairStepStarted'>;

export interface StepRunnerDependencies {
  store: EventStore;
  commands: Commands;
  situation: Situation;
  cursors: Cursors;
  logger: Logger;
  supervisor: SupervisorClient;
}

/** What the driver made of a step; `over` when nobody waits for it any more. */
type Result = typeof OVER | { fault?: Fault };
const OVER = 'over';

const CURSOR = 'steps';
const ASK_EVERY_MS = 250;

/**
 * Does what a started step says. A step without a result is asked after by its action key before anything is sent, so
 * the successor of a killed healer continues where that one stopped, and the driver acts at most once.
 */
export class StepRunner {
  /** Steps under way, by repair and step, with a position from which their start is read again. */
  private readonly open = new Map<string, { after: bigint; ended: AbortController }>();

  constructor(private readonly dependencies: StepRunnerDependencies) {}

  /** Until the signal aborts. The caller sees to it that one process at a time runs it. */
  async run(signal: AbortSignal): Promise<void> {
    const { store, cursors } = this.dependencies;
    this.open.clear();
    let written = await cursors.read(CURSOR);
    let read = written;
    for await (const { events, position } of store.subscribe(written, { categories: ['repair'], signal })) {
      for (const event of events) {
        this.take(event, read, signal);
        read = event.position;
      }
      read = position;
      // What is under way must be met again after a restart.
      const oldest = [...this.open.values()].map(({ after }) => after);
      const done = oldest.reduce((least, next) => (next < least ? next : least), position);
      if (done > written) await cursors.write(CURSOR, (written = done));
    }
  }

  private take(event: RecordedEvent, after: bigint, signal: AbortSignal): void {
    const data = event.data as { repairId: string; step?: number };
    switch (event.type) {
      case 'RepairStepStarted': {
        const ended = new AbortController();
        this.open.set(keyOf(data), { after, ended });
        void this.act(event, AbortSignal.any([signal, ended.signal]));
        return;
      }
      case 'RepairStepSucceeded':
      case 'RepairStepFailed':
        return this.end(keyOf(data));
      case 'RepairFailed':
        for (const key of this.open.keys()) if (key.startsWith(`${data.repairId}/`)) this.end(key);
        return;
      default:
        return;
    }
  }

  private end(key: string): void {
    this.open.get(key)?.ended.abort();
    this.open.delete(key);
  }

  /** Until the driver has done it or refused it, the step's time is up, or the signal aborts. */
  private async act(event: RecordedEvent, signal: AbortSignal): Promise<void> {
    const step = event.data as unknown as StepStarted;
    const { logger } = this.dependencies;
    for (let tries = 1; !signal.aborted; tries++) {
      try {
        const result = await this.ask(step, event.metadata.recordedAt);
        if (result === OVER) return;
        if (result) return await this.record(event, step, result.fault, signal);
      } catch (error) {
        // The supervisor is away or the log cannot be read: the step's timer ends this at the latest.
        logger.warn({ repair: step.repairId, tries, error: describeError(error).message }, 'the driver did not answer');
      }
      await pause(Math.min(ASK_EVERY_MS * tries, 2_000), signal);
    }
  }

  /** One question to the driver; undefined while it is still at it. */
  private async ask(step: StepStarted, since: string): Promise<Result | undefined> {
    const { situation, supervisor, logger } = this.dependencies;
    const { repairId, actionKey } = step;
    try {
      const { state, proposed, step: present } = await situation.repair(repairId);
      // Met again after a restart, and over long ago.
      if (state !== 'started' || present?.actionKey !== actionKey || present.recorded) return OVER;
      const { registered } = await situation.target(proposed!.targetId);
      const service = registered?.labels['process'] ?? proposed!.targetId;
      const outcome = await restartProcesses({ supervisor, logger, service, step, since });
      if (outcome.state === 'running') return undefined;
      if (outcome.state === 'done') return {};
      return { fault: { code: 'restart_failed', message: fitText(outcome.detail), retryable: true } };
    } catch (error) {
      if (!(error instanceof DriverRefused)) throw error;
      return { fault: { code: error.code, message: fitText(error.message), retryable: false } };
    }
  }

  private async record(
    { id, metadata }: RecordedEvent,
    { repairId, step, actionKey, token }: StepStarted,
    fault: Fault | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const message: CommandMessage = {
      id: ids.reactionCommand(id, 'act', 0),
      type: 'RecordStep',
      data: { repairId, step, actionKey, token, ...(fault && { fault }) },
      metadata: { correlationId: metadata.correlationId, causationId: id, depth: metadata.depth + 1 },
    };
    while (!signal.aborted) {
      const [answer] = await this.dependencies.commands.send([message]);
      if (!answer || !('problem' in answer) || isFinal(answer.problem)) return;
      await pause(ASK_EVERY_MS, signal);
    }
  }
}

const keyOf = ({ repairId, step }: { repairId: string; step?: number }) => `${repairId}/${step}`;
