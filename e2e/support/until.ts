/** Waits until `holds`, asking again and again; jest's timeout is the limit. A failing read is asked again, too. */
export async function until<T>(what: string, read: () => T | Promise<T>, holds: (value: T) => boolean = Boolean): Promise<T> {
  let last: unknown;
  const report = setTimeout(() => console.warn(`still waiting: ${what}; last: ${JSON.stringify(last)?.slice(0, 600)}`), 60_000);
  try {
    for (;;) {
      try {
        const value = await read();
        last = value;
        if (holds(value)) return value;
      } catch (error) {
        last = String(error);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  } finally {
    clearTimeout(report);
  }
}
