import { deriveId } from '@agencyos/contracts';
import { describeError, isFinal, pause, type Commands, type Logger } from '@agencyos/runtime';
import type { Cursors } from './cursors.js';
import type { JournalEntry, SupervisorClient } from './supervisor-client.js';

export interface JournalReaderDependencies {
  supervisor: SupervisorClient;
  commands: Commands;
  cursors: Cursors;
  logger: Logger;
  installationId: string;
}

const CURSOR = 'journal';
const READ_EVERY_MS = 1_000;

/**
 * What the supervisor restarted by its own rule (NATS, PostgreSQL, the healer, anything while the healer was away) is
 * recorded afterwards: a breach that is already over, so that an incident tells of it and nothing is repaired.
 */
export class JournalReader {
  constructor(private readonly dependencies: JournalReaderDependencies) {}

  /** Until the signal aborts. The caller sees to it that one process at a time runs it. */
  async run(signal: AbortSignal): Promise<void> {
    const { supervisor, cursors, logger } = this.dependencies;
    let position = await cursors.read(CURSOR);
    while (!signal.aborted) {
      try {
        for (const entry of await supervisor.journal(Number(position))) {
          if (!(await this.report(entry))) break;
          await cursors.write(CURSOR, (position = BigInt(entry.n)));
        }
      } catch (error) {
        logger.debug({ error: describeError(error).message }, 'the journal could not be read');
      }
      await pause(READ_EVERY_MS, signal);
    }
  }

  /** Breach and clear together. False when the log did not take them, and they must be tried again. */
  private async report(entry: JournalEntry): Promise<boolean> {
    const { process, diedAt, readyAt } = entry;
    if (entry.kind !== 'restart' || entry.by !== 'supervisor' || !diedAt || !readyAt) return true;
    const { commands, installationId, logger } = this.dependencies;
    const monitorId = `${await this.serviceOf(process)}-availability`;
    const message = (state: 'breached' | 'clear', sinceAt: string) => ({
      id: deriveId(installationId, `journal/${entry.n}/${diedAt}/${state}`),
      type: 'ReportTransition',
      data: {
        ...{ monitorId, state, sinceAt, instances: [] },
        ...(state === 'breached' && { value: 1, threshold: 1, window: 'exit' }),
      },
    });
    const answers = await commands.send([message('breached', diedAt), message('clear', readyAt)]);
    const problems = answers.flatMap((answer) => ('problem' in answer ? [answer.problem] : []));
    if (problems.some((problem) => !isFinal(problem))) return false;
    // A process that nobody watches has no monitor: then there is nothing to record.
    logger.info({ process, diedAt, readyAt, codes: problems.map(({ code }) => code) }, 'restarted by the supervisor');
    return true;
  }

  private async serviceOf(process: string): Promise<string> {
    const { processes } = await this.dependencies.supervisor.status();
    return processes.find(({ name }) => name === process)?.replicaOf ?? process;
  }
}
