import { FIRST_LEVEL, ids, LEVEL } from '@agencyos/contracts';
import { pause } from '../background.js';
import { digestOf } from '../digest.js';
import type { Elections } from '../elections.js';
import type { DatabaseClock } from '../event-store/database-clock.js';
import type { EventStore, RecordedEvent } from '../event-store/event-store.js';

const STREAM = 'upgrade-main';
const CATEGORY = 'upgrade';
const RAISED = 'ContractLevelRaised';
/** How soon it is seen that the lock was lost. */
const LOOK_EVERY_MS = 100;

/** Held, together with others, by every process that reads no more than this level: see {@link WrittenLevel}. */
export const readersLock = (level: number): string => `contract-level/${level}`;

/** There is no way back to this version. */
export class LevelOutgrown extends Error {
  override readonly name = 'LevelOutgrown';
  constructor(reads: number, written: number, since: string) {
    super(
      `this version reads contracts up to level ${reads}, and level ${written} is written here since ${since}: ` +
        `there is no way back to it. Start a version that reads level ${written}, or restore a backup of before`,
    );
  }
}

export interface LevelDependencies {
  /** The log as it was written. */
  store: Pick<EventStore, 'head' | 'read' | 'readAll' | 'append' | 'subscribe'>;
  elections: Pick<Elections, 'share'>;
  clock: Pick<DatabaseClock, 'now'>;
  service: string;
  installationId: string;
}

/**
 * Up to which level contracts are written and offered in this installation: what the log says, kept in memory and read on.
 * Whoever raises it must hold every lock of those who read less, alone. So a process takes its own before it looks at the
 * log: either it is seen, or it sees that the level was raised, and does not start.
 */
export class WrittenLevel {
  private level = FIRST_LEVEL;
  /** Up to which the log has been read. */
  private position = 0n;
  private lockLost!: AbortSignal;
  private keeping: Promise<void> | undefined;
  private outgrow!: (error: LevelOutgrown) => void;
  /** Resolves when it is raised beyond what this version reads, though this process was never seen. */
  readonly outgrown = new Promise<LevelOutgrown>((resolve) => (this.outgrow = resolve));

  private constructor(
    private readonly dependencies: LevelDependencies,
    private readonly reads: number,
  ) {}

  /** @throws LevelOutgrown */
  static async open(dependencies: LevelDependencies, signal: AbortSignal, reads = LEVEL): Promise<WrittenLevel> {
    const level = new WrittenLevel(dependencies, reads);
    await level.takeLock(signal);
    level.position = await dependencies.store.head();
    if (reads > FIRST_LEVEL && (await level.isNew())) await level.found();
    const outgrown = await level.refresh();
    if (outgrown) throw outgrown;
    return level;
  }

  get written(): number {
    return this.level;
  }

  /** Reads it anew. Returns what ends this version here, if it does. */
  async refresh(): Promise<LevelOutgrown | undefined> {
    let outgrown: LevelOutgrown | undefined;
    for await (const event of this.dependencies.store.read(STREAM)) outgrown ??= this.take(event);
    return outgrown;
  }

  /** Follows the log, and holds the lock whatever becomes of its session, until the signal aborts. */
  async follow(signal: AbortSignal): Promise<void> {
    // Once, however often the log breaks and is followed anew.
    this.keeping ??= this.keepLock(signal);
    for await (const { events, position } of this.dependencies.store.subscribe(this.position, {
      categories: [CATEGORY],
      signal,
    })) {
      for (const event of events) {
        const outgrown = this.take(event);
        if (outgrown) this.outgrow(outgrown);
      }
      this.position = position;
    }
  }

  private take({ type, data, metadata }: RecordedEvent): LevelOutgrown | undefined {
    if (type !== RAISED) return undefined;
    this.level = Math.max(this.level, data['level'] as number);
    return this.level > this.reads ? new LevelOutgrown(this.reads, this.level, metadata.recordedAt) : undefined;
  }

  /** Not by the log's head: KurrentDB's own events stand in a log in which nothing was recorded. */
  private async isNew(): Promise<boolean> {
    const { events } = await this.dependencies.store.readAll(0n, { limit: 1 });
    return events.length === 0;
  }

  /** Before anything else is recorded there is nobody who could read less. Whoever else starts records the same. */
  private async found(): Promise<void> {
    const { store, clock, service, installationId } = this.dependencies;
    const commandId = ids.seed(installationId, 'contract-level');
    const data = { level: this.reads, why: 'founded' };
    const commandDigest = digestOf(data);
    const actor = `service:${service}`;
    const metadata = { commandId, commandDigest, correlationId: commandId, causationId: commandId, actor, depth: 0 };
    await store.append({
      stream: STREAM,
      expectedRevision: -1,
      events: [
        {
          id: ids.event(commandId, STREAM, 0),
          type: RAISED,
          schema: 1,
          data,
          metadata: { ...metadata, recordedAt: clock.now() },
        },
      ],
      commands: [{ commandId, principal: actor, digest: commandDigest, revision: 0 }],
    });
  }

  private async takeLock(signal: AbortSignal): Promise<void> {
    this.lockLost = await this.dependencies.elections.share(readersLock(this.reads), signal);
  }

  private async keepLock(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await pause(LOOK_EVERY_MS, signal);
      if (this.lockLost.aborted) await this.takeLock(signal).catch(() => undefined);
    }
  }
}
