/**
 * The path of a usable nats-server (≥ 2.10.7): one on PATH, else the project's own copy, fetched from the
 * distribution's archive when it is not there yet. Throws a `Problem` when none can be had.
 */
export function findNatsServer(options: { cacheDir: string; onFetch?: () => void }): Promise<{ path: string; version: string }>;
