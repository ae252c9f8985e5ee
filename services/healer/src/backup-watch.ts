import { describeError, pause, type Commands, type Logger } from '@agencyos/runtime';
import { troubleOf } from './availability/backup-trouble.js';
import type { Situation } from './reactions/situation.js';
import type { SupervisorClient } from './supervisor/supervisor-client.js';

export const BACKUP_MONITOR = 'backups-freshness';

const LOOK_EVERY_MS = 5_000;

export interface BackupWatchDependencies {
  supervisor: Pick<SupervisorClient, 'status'>;
  situation: Pick<Situation, 'monitor'>;
  commands: Pick<Commands, 'execute'>;
  clock: { now(): string };
  logger: Logger;
}

/** An old or failed backup is a breach of its monitor; no restart mends that, so people are told. */
export class BackupWatch {
  constructor(private readonly dependencies: BackupWatchDependencies) {}

  /** Until the signal aborts. The caller sees to it that one process at a time runs it. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.look().catch((error: unknown) =>
        this.dependencies.logger.debug({ error: describeError(error).message }, 'the backups could not be looked at'),
      );
      await pause(LOOK_EVERY_MS, signal);
    }
  }

  async look(): Promise<void> {
    const { supervisor, situation, commands, clock, logger } = this.dependencies;
    const { published, open } = await situation.monitor(BACKUP_MONITOR);
    if (!published) return; // nobody has asked for backups, ever
    const { backups } = await supervisor.status();
    const now = clock.now();
    const trouble = backups && troubleOf(backups, Date.parse(now));
    if ((trouble !== undefined) === (open !== undefined)) return;
    const state = trouble ? 'breached' : 'clear';
    await commands.execute('ReportTransition', {
      ...{ monitorId: BACKUP_MONITOR, state, instances: [] },
      ...(trouble ? { sinceAt: trouble.since, value: 1, threshold: 0, window: trouble.why } : { sinceAt: now, value: 0 }),
    });
    logger.info({ monitor: BACKUP_MONITOR, state, why: trouble?.why }, 'transition reported');
  }
}
