/** `1.9 s`, `48 s`, `3 min`, `2 h`, `4 d`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** Of something that goes on: whole seconds, and both units up to an hour (`1 min 17 s`), so that it can be watched. */
export function elapsed(ms: number): string {
  const seconds = Math.floor(Math.max(0, ms) / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return duration(ms);
}

/** Age of a past moment: `12 s`, `9 min`, then a clock time or a date. */
export function age(at: string | undefined, now: number): string {
  if (!at) return '';
  const ms = now - Date.parse(at);
  if (ms < 60_000) return `${Math.max(0, Math.floor(ms / 1000))} s`;
  if (ms < 3_600_000) return duration(ms);
  return clockOrDay(at, now);
}

/** When something was: `12 s ago`, `9 min ago`, then a clock time or a date. */
export function ago(at: string, now: number): string {
  const text = age(at, now);
  return /(s|min)$/.test(text) ? `${text} ago` : text;
}

/** Time left: `41 min`, or `41:12` below an hour where it is watched. */
export function countdown(ms: number): string {
  if (ms <= 0) return '0:00';
  const seconds = Math.floor(ms / 1000);
  if (seconds >= 3600) {
    const hours = Math.floor(seconds / 3600);
    return hours >= 48 ? duration(ms) : `${hours} h ${Math.floor((seconds % 3600) / 60)} min`;
  }
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const CLOCK_SHORT = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const EXACT = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });

/** `14:03:01` */
export const clock = (at: string | number): string => CLOCK.format(new Date(at));

/** `14:03` on the same day, else `28 Nov`. */
export function clockOrDay(at: string, now: number): string {
  const date = new Date(at);
  return date.toDateString() === new Date(now).toDateString() ? CLOCK_SHORT.format(date) : DAY.format(date);
}

/** For titles: `22 Nov 2026, 14:03:01` */
export const exact = (at: string): string => EXACT.format(new Date(at));

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

/** `800 bytes`, `22 KB`, `1.4 MB`; above a kilobyte to two digits at least. */
export function fileSize(bytes: number): string {
  if (bytes < 1_000) return plural(bytes, 'byte');
  const [size, unit] = bytes < 1_000_000 ? [bytes / 1_000, 'KB'] : [bytes / 1_000_000, 'MB'];
  return `${size < 10 ? size.toFixed(1) : Math.round(size)} ${unit}`;
}

/** `sha256:7c1e 90ab 44d2 … e3f0` */
export function shortDigest(digest: string): string {
  const [algorithm, hex = ''] = digest.split(':');
  if (hex.length < 20) return digest;
  return `${algorithm}:${hex.slice(0, 4)} ${hex.slice(4, 8)} ${hex.slice(8, 12)} … ${hex.slice(-4)}`;
}

/** Last characters of an id: enough to tell runs apart in one list. */
export const shortId = (id: string): string => id.slice(-4);

/** `restart_service` or `restart-service` as words: `Restart service`. */
export function words(slug: string): string {
  const text = slug.replace(/[-_]+/g, ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}
