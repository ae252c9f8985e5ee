/** Waits `ms`, or less when the signal is aborted; never throws. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done, { once: true });
  });
}

/** Exponential delay with full jitter: somewhere in 50…100 % of `base · 2^try`, at most `cap`. */
export function backoff(retry: number, base = 100, cap = 2_000): number {
  return Math.min(cap, base * 2 ** Math.min(retry, 16)) * (0.5 + Math.random() / 2);
}
