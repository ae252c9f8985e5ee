import { queuesView, type ReadyRow } from '@agencyos/contracts';
import { describeError, pause, type Bus, type EventStore, type Logger, type Views } from '@agencyos/runtime';
import { publishOffer, scheduledAs } from './offer-desk.js';
import { urgencyOf } from './pure/urgency.js';

const LOOK_EVERY_MS = 1_000;
const FIRST_AFTER_MS = 10_000;
const LONGEST_PAUSE_MS = 80_000;
/** What waits behind these of its role would only stand in the way of what is more urgent. */
const PER_ROLE = 8;

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
  /** How often NATS has come back: it may have forgotten everything, what was seen here as well as what was not yet. */
  private reconnects = 0;
  /** After how many of them all was offered once more. */
  private heeded = 0;

  constructor(
    private readonly views: Views,
    private readonly store: EventStore,
    private readonly bus: Bus,
    private readonly logger: Logger,
    private readonly firstAfterMs = FIRST_AFTER_MS,
  ) {}

  async run(signal: AbortSignal): Promise<void> {
    this.waiting = new Map();
    const stopListening = this.bus.onReconnect(() => this.reconnects++);
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
    const { reconnects } = this;
    const anew = reconnects > this.heeded;
    const rows = await this.views.of(queuesView, 'all').list('ready');
    const now = performance.now();
    const still = new Map<string, Waiting>();
    const looked = new Map<string, number>();
    rows.sort(([, one], [, other]) => urgencyOf(one) - urgencyOf(other));
    for (const [key, row] of rows) {
      const id = `${key}/${row.attempt}`;
      const place = looked.get(row.role) ?? 0;
      looked.set(row.role, place + 1);
      // Seen for the first time: its own offer is on the way.
      const known = anew ? { times: 0, nextAt: now } : this.waiting.get(id);
      const waiting = known ?? { times: 0, nextAt: now + this.firstAfterMs };
      still.set(id, waiting);
      if (waiting.nextAt > now || place >= PER_ROLE || !this.bus.connected) continue;
      if (!(await this.offer(row))) continue;
      waiting.times++;
      waiting.nextAt = now + Math.min(this.firstAfterMs * 2 ** waiting.times, LONGEST_PAUSE_MS);
    }
    this.waiting = still;
    this.heeded = reconnects;
  }

  private async offer(row: ReadyRow): Promise<boolean> {
    const { runId, taskId } = row;
    try {
      const scheduled = await scheduledAs(this.store, row);
      if (scheduled) await publishOffer(this.bus, scheduled);
      return true;
    } catch (error) {
      this.logger.warn({ runId, taskId, error: describeError(error).message }, 'a task could not be offered again');
      return false;
    }
  }
}
