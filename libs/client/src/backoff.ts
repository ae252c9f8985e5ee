/** Full jitter: anywhere between nothing and a window that doubles from 5 s to 30 s. */
export function reconnectDelay(attempt: number, random: () => number = Math.random): number {
  const window = Math.min(30_000, 5_000 * 2 ** Math.max(0, attempt - 1));
  return Math.round(random() * window);
}
