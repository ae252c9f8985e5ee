import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { nextRuns, readSchedule, ScheduleInvalid } from './schedule.js';

/** The runs after an instant, in UTC without what is 0. */
const runs = (cron: string, timeZone: string, after: string, count: number) =>
  nextRuns(readSchedule(cron, timeZone), Date.parse(after), count).map((at) =>
    new Date(at).toISOString().replace(/(:00)?\.000Z$/, 'Z'),
  );

describe('a schedule', () => {
  it('runs by the clocks of its time zone', () => {
    expect(runs('30 2 * * *', 'UTC', '2026-11-28T02:30:00Z', 2)).toEqual(['2026-11-29T02:30Z', '2026-11-30T02:30Z']);
    expect(runs('30 2 * * *', 'Asia/Kolkata', '2026-11-28T00:00:00Z', 1)).toEqual(['2026-11-28T21:00Z']);
    expect(runs('0 9 * * mon-fri', 'Asia/Kathmandu', '2026-11-28T00:00:00Z', 2)).toEqual([
      '2026-11-30T03:15Z',
      '2026-12-01T03:15Z',
    ]);
    expect(runs('0 0 29 2 *', 'America/St_Johns', '2026-11-28T00:00:00Z', 1)).toEqual(['2028-02-29T03:30Z']);
    expect(runs('*/20 0 0 1 1 *', 'UTC', '2026-12-31T00:00:00Z', 3)).toEqual([
      ...['2027-01-01T00:00Z', '2027-01-01T00:00:20Z', '2027-01-01T00:00:40Z'],
    ]);
  });

  it.each([
    '',
    '30 2 * *',
    '* * * * * * *',
    '@daily',
    '60 * * * *',
    '0 24 * * *',
    '? 2 * * *',
    '0 2 * * xyz',
    '0-a 2 * * *',
    '0 0 30 2 *',
  ])('is refused as %j, with a sentence', (cron) => expect(() => readSchedule(cron, 'UTC')).toThrow(ScheduleInvalid));
  it('needs a time zone that is known', () => {
    expect(() => readSchedule('0 2 * * *', 'Europe/Nowhere')).toThrow('Nobody knows the time zone');
  });
});

/** Berlin skips 02:00–03:00 on 2027-03-28 (01:00Z) and has it twice on 2026-10-25 (00:00Z and 01:00Z). */
describe('where an hour is skipped', () => {
  const after = '2027-03-27T22:30:00Z';
  it('a time within it runs when the clocks are set, once', () => {
    expect(runs('30 2 * * *', 'Europe/Berlin', after, 2)).toEqual(['2027-03-28T01:00Z', '2027-03-29T00:30Z']);
    expect(runs('*/15 2 * * *', 'Europe/Berlin', after, 2)).toEqual(['2027-03-28T01:00Z', '2027-03-29T00:00Z']);
    expect(runs('0 2,3 * * *', 'Europe/Berlin', after, 2)).toEqual(['2027-03-28T01:00Z', '2027-03-29T00:00Z']);
  });
  it('a schedule of every hour goes on with the next one', () => {
    expect(runs('30 * * * *', 'Europe/Berlin', after, 4)).toEqual([
      ...['2027-03-27T23:30Z', '2027-03-28T00:30Z', '2027-03-28T01:30Z', '2027-03-28T02:30Z'],
    ]);
  });
  it('may be half an hour, or a whole day', () => {
    // Lord Howe goes from +10:30 to +11 at 02:00.
    expect(runs('15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T12:00:00Z', 2)).toEqual([
      '2026-10-03T15:30Z',
      '2026-10-04T15:15Z',
    ]);
    // Apia had no 30 December 2011.
    expect(runs('0 9 * * *', 'Pacific/Apia', '2011-12-29T20:00:00Z', 2)).toEqual(['2011-12-30T10:00Z', '2011-12-30T19:00Z']);
  });
});

describe('where an hour comes twice', () => {
  const after = '2026-10-24T22:30:00Z';
  it('a time within it runs the first time only', () => {
    expect(runs('30 2 * * *', 'Europe/Berlin', after, 2)).toEqual(['2026-10-25T00:30Z', '2026-10-26T01:30Z']);
    expect(runs('*/30 2 * * *', 'Europe/Berlin', after, 3)).toEqual([
      '2026-10-25T00:00Z',
      '2026-10-25T00:30Z',
      '2026-10-26T01:00Z',
    ]);
    expect(runs('30 2 * * *', 'Europe/Berlin', '2026-10-25T00:45:00Z', 1)).toEqual(['2026-10-26T01:30Z']);
    expect(runs('30 2 * * *', 'Europe/Berlin', '2026-10-25T01:10:00Z', 1)).toEqual(['2026-10-26T01:30Z']);
  });
  it('a schedule of every hour runs both times', () => {
    expect(runs('30 * * * *', 'Europe/Berlin', after, 4)).toEqual([
      ...['2026-10-24T23:30Z', '2026-10-25T00:30Z', '2026-10-25T01:30Z', '2026-10-25T02:30Z'],
    ]);
  });
  it('may be half an hour', () => {
    expect(runs('45 1 * * *', 'Australia/Lord_Howe', '2027-04-03T12:00:00Z', 2)).toEqual([
      '2027-04-03T14:45Z',
      '2027-04-04T15:15Z',
    ]);
    expect(runs('45 * * * *', 'Australia/Lord_Howe', '2027-04-03T14:00:00Z', 3)).toEqual([
      ...['2027-04-03T14:45Z', '2027-04-03T15:15Z', '2027-04-03T16:15Z'],
    ]);
  });
});

it('runs every day once and in order, whatever the clocks do', () => {
  const zones = [
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'America/St_Johns',
    'Africa/Casablanca',
    'Asia/Kolkata',
  ];
  const time = fc.record({ hour: fc.nat(23), minute: fc.nat(59), zone: fc.constantFrom(...zones), day: fc.nat(700) });
  fc.assert(
    fc.property(time, ({ hour, minute, zone, day }) => {
      const after = Date.UTC(2026, 0, 1) + day * 86_400_000;
      const schedule = readSchedule(`${minute} ${hour} * * *`, zone);
      const found = nextRuns(schedule, after, 40);
      const gaps = found.slice(1).map((at, n) => (at - found[n]!) / 3_600_000);
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(22);
      expect(Math.max(...gaps)).toBeLessThanOrEqual(26);
      // Asked from any moment between two runs the answer is the same.
      for (const at of found.slice(1)) expect(schedule.next(at - 1)).toBe(at);
    }),
    { numRuns: 10 },
  );
});
