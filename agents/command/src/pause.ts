import { setTimeout as delay } from 'node:timers/promises';

/** Waits `ms`, or less when the signal is aborted; never throws. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> => delay(ms, undefined, { signal }).catch(() => undefined);
