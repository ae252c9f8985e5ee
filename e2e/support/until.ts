/** Shorter than the limit of a test, so that it fails by what it waited for. */
const LIMIT_MS = 170_000;

/**
 * Waits until `holds`, asking again and again; a failing read is asked again, too.
 *
 * @throws Error naming what was waited for, and what was read last
 */
export async function until<T>(what: string, read: () => T | Promise<T>, holds: (value: T) => boolean = Boolean): Promise<T> {
  const startedAt = performance.now();
  let last: unknown;
  while (performance.now() < startedAt + LIMIT_MS) {
    try {
      const value = await read();
      last = value;
      if (holds(value)) return value;
    } catch (error) {
      last = String(error);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`waited in vain: ${what}; last: ${JSON.stringify(last)?.slice(0, 2_000)}`);
}
