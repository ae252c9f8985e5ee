import { cleanText, FIRST_LEVEL, startOfText, subjects, type UpgradeState } from '@agencyos/contracts';
import { Rejection, rejection } from '@agencyos/decider';
import {
  describeError,
  pause,
  readersLock,
  type Bus,
  type Commands,
  type DatabaseClock,
  type Logger,
  type WrittenLevel,
} from '@agencyos/runtime';
import type { DataSource } from 'typeorm';
import { ContractReaders } from './upgrade/contract-readers.js';
import { heldUpBy } from './upgrade/upgrade-words.js';

export interface UpgradeWatchDependencies {
  bus: Bus;
  commands: Pick<Commands, 'execute'>;
  database: Pick<DataSource, 'transaction'>;
  level: Pick<WrittenLevel, 'written' | 'refresh'>;
  clock: Pick<DatabaseClock, 'nowMs'>;
  logger: Logger;
  /** Every replica of each must read a level before it is written. */
  services: readonly string[];
  /** How long all must have done so before it is written by itself. */
  afterMs: number;
}

const LOOK_EVERY_MS = 1_000;
/** Whoever has just begun to listen has not heard everybody yet. */
const LISTEN_FIRST_MS = 3_000;
const NAME_CHARACTERS = 200;

/**
 * Raises the level up to which contracts are written, once every replica of every service reads it: by itself after a while,
 * or when somebody finishes the upgrade. Heartbeats tell who reads how much. A process that starts at this very moment is
 * not heard yet, but holds its lock before it looks at the level, and the level is raised by whoever holds the locks of all
 * who read less, alone.
 */
export class UpgradeWatch {
  private readonly readers: ContractReaders;
  private readonly beganAt = performance.now();

  constructor(private readonly dependencies: UpgradeWatchDependencies) {
    this.readers = new ContractReaders(dependencies.services);
    dependencies.bus.subscribe(subjects.heartbeat('service', '*'), (message) => {
      const service = message.subject.split('.').at(-1)!;
      const { instanceId: given, reads, leaving } = message.json<Record<'instanceId' | 'reads' | 'leaving', unknown>>();
      const instanceId = typeof given === 'string' ? startOfText(cleanText(given), NAME_CHARACTERS) : '';
      if (leaving === true) return this.readers.left(service, instanceId);
      this.readers.heard({ service, instanceId, reads: Number.isInteger(reads) ? (reads as number) : 0 }, performance.now());
    });
  }

  state(): UpgradeState {
    const { level, clock, afterMs } = this.dependencies;
    const now = performance.now();
    const [written, readByAll] = [level.written, this.readers.readByAll(now)];
    const steadyMs = this.readers.steadyMs(written, now);
    const raised = steadyMs !== undefined && Number.isFinite(afterMs);
    return {
      written,
      ...(readByAll !== undefined && { readByAll }),
      readers: this.readers.present(now),
      silent: this.readers.silent(now),
      ...(raised && { raisedAt: new Date(clock.nowMs() + Math.max(afterMs - steadyMs, 0)).toISOString() }),
    };
  }

  /** Until the signal aborts. Several may do it side by side: the stream's decider lets one of them. */
  async run(signal: AbortSignal): Promise<void> {
    const { level, afterMs, logger } = this.dependencies;
    while (!signal.aborted) {
      await pause(LOOK_EVERY_MS, signal);
      const now = performance.now();
      const steadyMs = this.readers.steadyMs(level.written, now);
      if (steadyMs === undefined || steadyMs < afterMs || now - this.beganAt < LISTEN_FIRST_MS) continue;
      await this.raise(this.readers.readByAll(now)!, 'read_by_all').catch((error: unknown) =>
        logger.warn({ error: describeError(error).message }, 'the level of contracts could not be raised; trying again'),
      );
    }
  }

  /** @param by who asks for it @throws Rejection with who reads too little */
  async finish(by: string): Promise<UpgradeState> {
    if (performance.now() - this.beganAt < LISTEN_FIRST_MS)
      throw new Rejection('busy', {
        detail: 'The healer has just started, and listens who is there. Ask again.',
        retryAfterMs: 3_000,
      });
    const state = this.state();
    const { written, readByAll } = state;
    if (readByAll === undefined || readByAll <= written) {
      const holders = heldUpBy(state);
      if (!holders) return state;
      throw notReadByAll(holders);
    }
    if (!(await this.raise(readByAll, 'finished', by)))
      throw notReadByAll('a process that reads less is just starting, or somebody else finishes it at this moment');
    return this.state();
  }

  /** False when somebody who reads less holds a lock: it is there, or about to be. */
  private async raise(level: number, why: 'read_by_all' | 'finished', by?: string): Promise<boolean> {
    const { database, commands, logger } = this.dependencies;
    const raised = await database.transaction(async (manager) => {
      await manager.query(`SET LOCAL idle_in_transaction_session_timeout = '60s'`);
      for (let less = FIRST_LEVEL; less < level; less++) {
        const [row] = await manager.query<{ yes: boolean }[]>(
          'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS yes',
          [readersLock(less)],
        );
        if (!row!.yes) return false;
      }
      await commands.execute('RaiseContractLevel', { level, why }, { ...(by && { metadata: { onBehalfOf: by } }) });
      return true;
    });
    if (!raised) return false;
    await this.dependencies.level.refresh();
    logger.info({ level, why, by }, 'contracts are written up to another level; there is no way back to who reads less');
    return true;
  }
}

const notReadByAll = (holders: string) =>
  rejection({ type: 'RaiseContractLevel' }, 'not_read_by_all', {
    detail: `The upgrade cannot be finished yet: ${holders}. Update or end them, then ask again.`,
  });
