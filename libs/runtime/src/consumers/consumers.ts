import { UnknownEventVersion } from '@agencyos/contracts';
import type { DataSource } from 'typeorm';
import { z } from 'zod';
import { pause, type Background } from '../background.js';
import type { Elections } from '../elections.js';
import type { EventStore } from '../event-store/event-store.js';
import { invalid } from '../problem.js';
import type { Projector } from './projector.js';
import type { Reactor } from './reactor.js';
import type { ConsumerState, Standing } from './standing.js';
import { listParked, type ParkedFact } from './tables.js';
import type { TimerKeeper } from './timer-keeper.js';

const RetryParked = z.strictObject({ consumer: z.string().max(100).optional() });

/** How often the end of the log is looked at, to see who stays behind. */
const LOOK_EVERY_MS = 5_000;

/** Everything of this service that reads the log; each runs in one replica at a time. */
export class Consumers {
  private readonly standings: Standing[];

  constructor(
    private readonly projectors: Projector[],
    private readonly reactors: Reactor[],
    private readonly timers: TimerKeeper[],
    private readonly database: DataSource,
    private readonly log: Pick<EventStore, 'head'>,
  ) {
    this.standings = [...projectors, ...reactors, ...timers].map(({ standing }) => standing);
  }

  start(background: Background, elections: Elections): void {
    for (const consumer of [...this.projectors, ...this.reactors, ...this.timers]) {
      background.run(consumer.name, (signal) =>
        elections.hold(consumer.name, signal, (held) => watched(consumer.standing, () => consumer.run(held))),
      );
    }
    background.run('lag', (signal) => this.look(signal));
  }

  /** Of a reader that is none of the definition's, e.g. the relay. */
  watch(standing: Standing): void {
    this.standings.push(standing);
  }

  /** Those that this process runs. */
  states(): ConsumerState[] {
    return this.standings.filter(({ isOurs }) => isOurs).map(({ state }) => state);
  }

  /** Those that need somebody. */
  inTrouble(): ConsumerState[] {
    return this.states().filter(({ trouble }) => trouble);
  }

  private async look(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const running = this.standings.filter(({ isOurs }) => isOurs);
      // While the log is away nobody can be behind it.
      const head = running.length > 0 ? await this.log.head().catch(() => undefined) : undefined;
      if (head !== undefined) for (const standing of running) standing.logEndsAt(head);
      await pause(LOOK_EVERY_MS, signal);
    }
  }

  /** As many as one message carries, and how many there are. */
  parked(): Promise<{ parked: ParkedFact[]; total: number }> {
    return listParked(this.database);
  }

  /** Tries parked facts again, of one consumer or of all. @throws Rejection */
  async retryParked(request: unknown): Promise<{ passed: number; left: number; rebuilt: string[] }> {
    const parsed = RetryParked.safeParse(request ?? {});
    if (!parsed.success) throw invalid(parsed.error);
    const isAsked = ({ name }: { name: string }) => !parsed.data.consumer || parsed.data.consumer === name;
    let passed = 0;
    for (const consumer of [...this.reactors, ...this.timers].filter(isAsked)) passed += await consumer.retryParked();
    const rebuilt: string[] = [];
    for (const projector of this.projectors.filter(isAsked))
      if (await projector.rebuildIncomplete()) rebuilt.push(projector.name);
    return { passed, left: (await this.parked()).total, rebuilt };
  }
}

async function watched(standing: Standing, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (error instanceof UnknownEventVersion) standing.halts(error.message);
    throw error;
  } finally {
    standing.ends();
  }
}
