import type { ReadyRow, RunEvent } from '@agencyos/contracts';
import { describeError, pause, type Bus, type EventStore, type Logger, type Views } from '@agencyos/runtime';
import { publishOffer } from './offer.reactions.js';

const LOOK_EVERY_MS = 1_000;
const FIRST_AFTER_MS = 10_000;
const LONGEST_PAUSE_MS = 80_000;
const PER_LOOK = 500;

interface Waiting {
  times: number;
  nextAt: number;
}

/**
 * Offers again what nobody has taken for 10 s, ever less often (else a queue without workers would fill with repetitions);
 * after every reconnect all of it once more, so that an emptied NATS forgets no task. One process does it at a time.
 */
export class Reoffers {
  private waiting = new Map<string, Waiting>();

  constructor(
    private readonly views: Views,
    private readonly store: EventStore,
    private readonly bus: Bus,
    private readonly logger: Logger,
    private readonly firstAfterMs = FIRST_AFTER_MS,
  ) {}

  async run(signal: AbortSignal): Promise<void> {
    this.waiting = new Map();
    const stopListening = this.bus.onReconnect(() => {
      for (const waiting of this.waiting.values())
        Object.assign(waiting, { times: 0, nextAt: performance.now() });
    });
    try {
      while (!signal.aborted) {
        await this.look();
        await pause(LOOK_EVERY_MS, signal);
      }
    } finally {
      stopListening();
    }
  }

  private async look(): Promise<void> {
    const rows = await this.views.rows<ReadyRow>('queues', 'all', 'ready/');
    const now = performance.now();
    const still = new Map<string, Waiting>();
    let offered = 0;
    for (const [key, row] of rows) {
      const id = `${key}/${row.attempt}`;
      // Seen for the first time: its own offer is on the way.
      const waiting = this.waiting.get(id) ?? { times: 0, nextAt: now + this.firstAfterMs };
      still.set(id, waiting);
      if (waiting.nextAt > now || offered >= PER_LOOK || !this.bus.connected) continue;
      offered++;
      if (!(await this.offer(row))) continue;
      waiting.times++;
      waiting.nextAt = now + Math.min(this.firstAfterMs * 2 ** waiting.times, LONGEST_PAUSE_MS);
    }
    this.waiting = still;
  }

  private async offer({ runId, taskId, revision }: ReadyRow): Promise<boolean> {
    try {
      for await (const { type, data } of this.store.read(`run-${runId}`, revision)) {
        if (type === 'TaskScheduled') {
          await publishOffer(this.bus, data as Extract<RunEvent, { type: 'TaskScheduled' }>['data']);
        }
        break;
      }
      return true;
    } catch (error) {
      this.logger.warn(
        { runId, taskId, error: describeError(error).message },
        'a task could not be offered again',
      );
      return false;
    }
  }
}
