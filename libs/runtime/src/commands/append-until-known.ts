import { Rejection } from '@agencyos/decider';
import { describeError, pause } from '../background.js';
import { InvalidAppend, StoreRefused, type Append, type AppendResult, type EventStore } from '../event-store/event-store.js';
import type { Logger } from '../logger.js';

export interface AppendOptions {
  store: EventStore;
  logger: Logger;
  /** How long an append of unknown outcome is repeated before the caller is told `busy`. */
  deadlineMs: number;
  /** This process ends: nothing is repeated any more, whoever waits repeats it elsewhere. */
  ending?: AbortSignal;
}

/**
 * An append of unknown outcome is repeated unchanged until it is known, the deadline has passed or the process ends.
 * @throws Rejection `invalid`, or `busy` without an outcome; StoreRefused
 */
export async function appendUntilKnown(
  append: Append,
  { store, logger, deadlineMs, ending }: AppendOptions,
): Promise<AppendResult> {
  const deadline = performance.now() + deadlineMs;
  for (let tries = 1; ; tries++) {
    try {
      return await store.append(append);
    } catch (error) {
      if (error instanceof InvalidAppend) throw new Rejection('invalid', { detail: error.message });
      if (error instanceof StoreRefused) throw error;
      if (performance.now() > deadline || ending?.aborted) {
        logger.error({ stream: append.stream, tries, error: describeError(error) }, 'append has no known outcome');
        throw busy('the event store does not answer');
      }
      await pause(Math.min(50 * 2 ** Math.min(tries, 4), 500) * (0.5 + Math.random() / 2), ending);
    }
  }
}

export const busy = (why: string) =>
  new Rejection('busy', { detail: `Not now: ${why}. Repeat with the same id.`, retryAfterMs: 1_000 });
