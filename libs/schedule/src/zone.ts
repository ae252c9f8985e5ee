/** The clocks of one time zone. Wall times are written as the ms that they would be in UTC. */
export interface Zone {
  /** What the clocks show at that instant, less that instant. */
  offsetAt(instant: number): number;
  /** The instant after `after`, and not after `until`, at which the clocks are set; undefined if they are not. */
  changeBetween(after: number, until: number): number | undefined;
}

const DAY_MS = 86_400_000;
const SECOND_MS = 1_000;

/** @throws RangeError for a zone that nobody knows */
export function zoneOf(timeZone: string): Zone {
  const clock = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone, calendar: 'gregory', hourCycle: 'h23' },
    ...{ year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' },
  });
  const offsetAt = (instant: number): number => {
    const whole = Math.floor(instant / SECOND_MS) * SECOND_MS;
    const parts = Object.fromEntries(clock.formatToParts(whole).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second) - whole;
  };
  return {
    offsetAt,
    changeBetween(after, until) {
      const before = offsetAt(after);
      for (let from = after; from < until; from += DAY_MS) {
        const to = Math.min(from + DAY_MS, until);
        if (offsetAt(to) !== before) return firstOther(from, to, (instant) => offsetAt(instant) !== before);
      }
      return undefined;
    },
  };
}

/** By halves; clocks are set on a whole second. */
function firstOther(from: number, to: number, isOther: (instant: number) => boolean): number {
  let [same, other] = [Math.floor(from / SECOND_MS), Math.ceil(to / SECOND_MS)];
  while (other - same > 1) {
    const middle = Math.floor((same + other) / 2);
    if (isOther(middle * SECOND_MS)) other = middle;
    else same = middle;
  }
  return other * SECOND_MS;
}
