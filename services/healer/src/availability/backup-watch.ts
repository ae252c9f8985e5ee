import { cleanText, startOfText } from '@agencyos/contracts';
import { describeError, pause, type Commands, type Logger } from '@agencyos/runtime';
import type { Situation } from '../reactions/situation.js';
import type { BackupStatus, SupervisorClient } from '../supervisor/supervisor-client.js';
import { HOUR_MS, MINUTE_MS } from '../time.js';

export const BACKUP_MONITOR = 'backups-freshness';

const LOOK_EVERY_MS = 5_000;
/** Beyond twice the time between two: one attempt may take as long as this. */
const GRACE_MS = 10 * MINUTE_MS;
const WINDOW_CHARACTERS = 190;

/** What is wrong with the backups, and since when; nothing where they are as good as was asked for. */
export function troubleOf(backups: BackupStatus, now: number): { why: string; since: string } | undefined {
  const { everyHours, since, lastGood, failed } = backups;
  if (failed)
    return { why: startOfText(cleanText(`the last backup failed: ${failed.why}`), WINDOW_CHARACTERS), since: failed.at };
  const newest = lastGood?.at ?? since;
  const oldAt = Date.parse(newest) + 2 * everyHours * HOUR_MS + GRACE_MS;
  if (now < oldAt) return undefined;
  const why = lastGood ? `the last good backup is of ${lastGood.at}` : 'there is no backup yet';
  return { why: `${why}, one every ${everyHours} h is wanted`, since: new Date(oldAt).toISOString() };
}

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
