const HTTP_DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * How long a `Retry-After` asks to wait: in seconds or until a date.
 * @returns undefined where there is none, or nobody can understand it
 */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  const value = header?.trim() ?? '';
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1_000;
  const at = HTTP_DATE.test(value) ? Date.parse(value) : NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

/** Doubled with each try, and anywhere up to that: many that fail together do not come back together. */
export const backoffMs = (
  tries: number,
  { firstMs, mostMs }: { firstMs: number; mostMs: number },
  random: () => number,
): number => Math.round(Math.min(mostMs, firstMs * 2 ** Math.min(tries, 30)) * (0.5 + random() / 2));
