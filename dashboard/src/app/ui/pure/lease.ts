/** How a worker's lease looks at a moment. */
export interface LeaseLook {
  state: 'ok' | 'late' | 'lost';
  /** Percent of the lease left. */
  share: number;
  /** Since the last sign of life, ms. */
  silentMs: number;
  leftMs: number;
}

/**
 * The ring steps on heartbeats: above half of the lease without one it is late, after the whole of it lost.
 * @param heardAt last heartbeat or progress, or when the lease was granted
 * @param listeningSince before that, ms, silence means nothing: nobody listened
 */
export function leaseAt(
  heardAt: string | undefined,
  leaseMs: number,
  now: number,
  listeningSince = 0,
): LeaseLook {
  const heardMs = Math.max(listeningSince, heardAt ? Date.parse(heardAt) : 0);
  const silentMs = Math.max(0, now - heardMs);
  const leftMs = Math.max(0, leaseMs - silentMs);
  const state = leftMs === 0 ? 'lost' : silentMs > leaseMs / 2 ? 'late' : 'ok';
  return { state, share: Math.round((100 * leftMs) / leaseMs), silentMs, leftMs };
}
