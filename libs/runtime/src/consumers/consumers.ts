import type { DataSource } from 'typeorm';
import { z } from 'zod';
import type { Background } from '../background.js';
import type { Elections } from '../elections.js';
import { invalid } from '../problem.js';
import type { Projector } from './projector.js';
import type { Reactor } from './reactor.js';
import { listParked, type ParkedFact } from './tables.js';
import type { TimerKeeper } from './timer-keeper.js';

const RetryParked = z.strictObject({ consumer: z.string().max(100).optional() });

/** Everything of this service that reads the log; each runs in one replica at a time. */
export class Consumers {
  constructor(
    private readonly projectors: Projector[],
    private readonly reactors: Reactor[],
    private readonly timers: TimerKeeper[],
    private readonly database: DataSource,
  ) {}

  start(background: Background, elections: Elections): void {
    for (const consumer of [...this.projectors, ...this.reactors, ...this.timers]) {
      background.run(consumer.name, (signal) => elections.hold(consumer.name, signal, (held) => consumer.run(held)));
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
    for (const projector of this.projectors.filter(isAsked)) if (await projector.rebuildIncomplete()) rebuilt.push(projector.name);
    return { passed, left: (await this.parked()).total, rebuilt };
  }
}
