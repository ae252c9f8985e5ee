import { beforeEach, describe, expect, it } from '@jest/globals';
import { troubleOf } from './availability/backup-trouble.js';
import type { Monitor } from './monitor/monitor.decider.js';
import type { SupervisorStatus } from './supervisor/supervisor-client.js';
import { BackupWatch } from './backup-watch.js';

const SINCE = '2026-11-27T00:00:00.000Z';
const at = (hours: number) => Date.parse(SINCE) + hours * 3_600_000;
const of = (hours: number) => ({ lastGood: { at: new Date(at(hours)).toISOString() } });
const every6 = { how: 'every 6 h', oldAt: new Date(at(12)).toISOString(), since: SINCE };

describe('backups', () => {
  it('are good until twice their time has passed', () => {
    expect(troubleOf({ ...every6, ...of(0) }, at(12))).toBeUndefined();
    expect(troubleOf({ ...every6, ...of(0) }, at(12.2))).toEqual({
      why: 'the last good backup is of 2026-11-27T00:00:00.000Z, one every 6 h is wanted',
      since: '2026-11-27T12:10:00.000Z',
    });
  });

  it('that were never made are missed as soon', () => {
    expect(troubleOf(every6, at(12))).toBeUndefined();
    expect(troubleOf(every6, at(13))?.why).toBe('there is no backup yet, one every 6 h is wanted');
  });

  it('of which the last one failed are no good, however new the one before is', () => {
    const failed = { at: '2026-11-27T06:00:00.000Z', why: 'no space left' };
    expect(troubleOf({ ...every6, ...of(5.9), failed }, at(6))).toEqual({
      why: 'the last backup failed: no space left',
      since: failed.at,
    });
    expect(troubleOf({ ...every6, failed: { ...failed, why: `\0${'x'.repeat(300)}` } }, at(6))!.why.length).toBeLessThanOrEqual(
      190,
    );
  });
});

describe('the watch', () => {
  let status: SupervisorStatus;
  let monitor: Monitor;
  let reported: object[];
  const watch = () =>
    new BackupWatch({
      supervisor: { status: async () => status },
      situation: { monitor: async () => monitor },
      commands: { execute: async (_type: string, data: object) => void reported.push(data) } as never,
      clock: { now: () => new Date(at(6)).toISOString() },
      logger: { info: () => undefined, debug: () => undefined } as never,
    });
  const failed = { at: '2026-11-27T06:00:00.000Z', why: 'no space left' };
  const open = { breachId: 'x', sinceAt: SINCE, instances: [], window: '' };
  beforeEach(() => {
    [reported, monitor] = [[], { breaches: 0, published: {} as never }];
  });

  it('reports a breach once, and that it is over', async () => {
    status = { processes: [], backups: { ...every6, failed } };
    await watch().look();
    expect(reported).toMatchObject([
      { monitorId: 'backups-freshness', state: 'breached', window: 'the last backup failed: no space left', sinceAt: failed.at },
    ]);
    monitor = { ...monitor, open };
    await watch().look();
    status = { processes: [], backups: { ...every6, ...of(5) } };
    await watch().look();
    expect(reported.slice(1)).toMatchObject([{ state: 'clear' }]);
  });

  it('says nothing where nobody has asked for backups, and clears what was said before they were given up', async () => {
    status = { processes: [] };
    await watch().look();
    expect(reported).toEqual([]);
    monitor = { ...monitor, open };
    await watch().look();
    expect(reported).toMatchObject([{ state: 'clear' }]);
    monitor = { breaches: 0 };
    status = { processes: [], backups: { ...every6, failed } };
    await watch().look();
    expect(reported).toHaveLength(1);
  });
});
