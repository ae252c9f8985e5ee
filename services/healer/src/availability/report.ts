import { plus } from '../time.js';
import type { Transition } from './heartbeat-watch.js';

/** A breach of more instances than these names some of them: an event has 64 KiB. */
const MOST_NAMED = 50;

export type Told = Transition & { window?: string };

/** As a command takes it, whatever instances say of themselves: else who gave no name, or a thousand, would die unnoticed. */
export function reportOf({ monitorId, state, sinceAgoMs, missed, instances, among, window }: Told, now: string) {
  const measured =
    state === 'breached'
      ? { value: missed, threshold: window ? 0 : missed, window: window ?? 'heartbeats in a row' }
      : { value: 0 };
  const named = instances.filter((id) => id !== '').slice(0, MOST_NAMED);
  return { monitorId, state, ...measured, sinceAt: plus(now, -sinceAgoMs), instances: named, ...(among && { among }) };
}
