import { Cron } from 'croner';
import { type Zone, zoneOf } from './zone.js';

/** Times of day by cron, in one time zone. */
export interface Schedule {
  cron: string;
  timeZone: string;
  /** The first run after that instant; undefined if there is none any more. */
  next(after: number): number | undefined;
}

/** Its message says what is wrong, and what to write. */
export class ScheduleInvalid extends Error {}

const FIELDS = /^[\dA-Z*,/#-]+$/i;
/** The clocks are never set by more; a zone that changes sides of the date line skips a day. */
const MOST_CHANGE_MS = 2 * 86_400_000;

/**
 * Reads five fields (minute, hour, day of month, month, day of week), or six with seconds before them.
 *
 * When the clocks are set: a schedule that names hours runs as often as on any other day. What falls into the hour that is
 * skipped runs once, at the moment when the clocks are set; in the hour that comes twice it runs the first time only. A schedule
 * of every hour (`*`) keeps to what the clocks show: nothing in the hour that is not there, twice in the hour that comes twice.
 *
 * @throws ScheduleInvalid
 */
export function readSchedule(cron: string, timeZone: string): Schedule {
  const fields = cron.trim().split(/\s+/);
  if (![5, 6].includes(fields.length) || !fields.every((field) => FIELDS.test(field)))
    throw new ScheduleInvalid(
      `"${cron}" is no cron expression. Write five fields: minute, hour, day of month, month, day of week, such as "30 2 * * *".`,
    );
  const zone = knownZone(timeZone);
  const pattern = onWalls(fields.join(' '));
  const everyHour = fields.at(-4) === '*';
  const schedule: Schedule = {
    ...{ cron: fields.join(' '), timeZone },
    next: (after) => nextRun(pattern, zone, everyHour, after),
  };
  if (pattern(0) === undefined) throw new ScheduleInvalid(`"${cron}" names a day that never comes. Choose another one.`);
  return schedule;
}

/** What people look at before they trust one. */
export function nextRuns({ next }: Schedule, after: number, count: number): number[] {
  const runs: number[] = [];
  for (let run = next(after); run !== undefined && runs.length < count; run = next(run)) runs.push(run);
  return runs;
}

function knownZone(timeZone: string): Zone {
  try {
    return zoneOf(timeZone);
  } catch {
    throw new ScheduleInvalid(`Nobody knows the time zone "${timeZone}". Write one such as Europe/Berlin or UTC.`);
  }
}

type NextWall = (after: number) => number | undefined;

/** croner in UTC, where no clock is set: what happens when they are is decided here. */
function onWalls(pattern: string): NextWall {
  try {
    const cron = new Cron(pattern, { timezone: 'UTC', paused: true });
    return (after) => cron.nextRun(new Date(after))?.getTime();
  } catch (error) {
    throw new ScheduleInvalid(`"${pattern}" is no cron expression: ${(error as Error).message.replace(/^CronPattern: /, '')}.`);
  }
}

function nextRun(nextWall: NextWall, zone: Zone, everyHour: boolean, after: number): number | undefined {
  let from = after;
  let offset = zone.offsetAt(from);
  let wall = Math.max(from + offset, everyHour ? -Infinity : shownBefore(zone, from) - 1);
  for (;;) {
    const due = nextWall(wall);
    if (due === undefined) return undefined;
    const change = zone.changeBetween(from, due - offset);
    if (change === undefined) return due - offset;
    // The clocks are set first, on or back.
    const [shown, shows] = [change + offset, change + zone.offsetAt(change)];
    if (!everyHour && due >= shown && due < shows) return change;
    [from, offset] = [change, shows - change];
    wall = Math.max(everyHour ? shows : shown, shows) - 1;
  }
}

/** Up to which wall time everything was there before, when the clocks were last set back. */
function shownBefore(zone: Zone, instant: number): number {
  let shown = -Infinity;
  let from = instant - MOST_CHANGE_MS;
  for (let change = zone.changeBetween(from, instant); change !== undefined; change = zone.changeBetween(from, instant)) {
    shown = Math.max(shown, change + zone.offsetAt(from));
    from = change;
  }
  return shown;
}
