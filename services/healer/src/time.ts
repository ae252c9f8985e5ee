/** Arithmetic on RFC 3339 times; no clock. */
export const plus = (time: string, ms: number): string => new Date(Date.parse(time) + ms).toISOString();
/** Milliseconds from one time to another; 0 when the second is earlier. */
export const between = (from: string, to: string): number => Math.max(0, Date.parse(to) - Date.parse(from));

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
