import type { UpgradeState } from '@agencyos/contracts';

const MINUTE_MS = 60_000;
const DEFAULT_MINUTES = 10;
/** Almost two years: when that will be can be said as a date. */
const MOST_MINUTES = 1_000_000;

/**
 * How long all must have read more before it is written by itself: until then there is a way back.
 * @param minutes `never`: only when somebody finishes the upgrade
 * @throws Error
 */
export function raiseAfterMs(minutes: string | undefined): number {
  if (minutes === 'never') return Infinity;
  const parsed = Number(minutes ?? DEFAULT_MINUTES);
  if (minutes?.trim() !== '' && parsed >= 0 && parsed <= MOST_MINUTES) return parsed * MINUTE_MS;
  throw new Error('wrong environment of healer: AGENCYOS_RAISE_AFTER_MINUTES: a number of minutes up to 1000000, or never');
}

/** Who keeps the level from being raised, in a sentence; undefined when nobody reads more than what is written. */
export function heldUpBy({ written, readers, silent }: UpgradeState): string | undefined {
  const late = readers.filter(({ reads }) => reads <= written);
  if (silent.length === 0 && late.length === readers.length) return undefined;
  const named = late.map(({ service, instanceId, reads }) => `${service} (${instanceId}) reads up to level ${reads}`);
  return [...named, ...silent.map((service) => `nobody of ${service} is heard`)].join(', ');
}
