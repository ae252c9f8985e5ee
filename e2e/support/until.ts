import { untilAnswered } from '@agencyos/testing';

/** Waits until `holds`, asking again and again; a failing read is asked again, too. */
export const until = <T>(what: string, read: () => T | Promise<T>, holds: (value: T) => boolean = Boolean): Promise<T> =>
  untilAnswered(read, { holds, condition: what });
