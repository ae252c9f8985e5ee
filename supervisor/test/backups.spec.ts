import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Backups, type MakeBackup } from '../src/backups/backups.js';
import { readBackupSettings } from '../src/backups/backup-settings.js';

const HOUR_MS = 3_600_000;
const never = new AbortController().signal;

let folder: string;
let dataDir: string;
let to: string;
let now: number;
let made: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agencyos-backups-'));
  [dataDir, to] = [join(folder, 'data'), join(folder, 'kept')];
  mkdirSync(dataDir);
  [now, made] = [Date.parse('2026-11-27T12:00:00.000Z'), 0];
});
afterEach(() => rm(folder, { recursive: true }));

const make: MakeBackup = async (file) => {
  writeFileSync(file, 'sealed');
  return { bytes: 6, events: ++made, digest: 'sha256:x' };
};
const backups = (using: MakeBackup = make) =>
  new Backups({ everyHours: 6, keep: 2, to, recipient: 'age1x' }, dataDir, using, () => now);

describe('backups every few hours', () => {
  it('are due at once, then after so many hours, over restarts too; the oldest go', async () => {
    expect(backups().dueInMs()).toBe(0);
    await backups().once(never);
    expect(backups().dueInMs()).toBe(6 * HOUR_MS);
    now += 5 * HOUR_MS;
    expect(backups().dueInMs()).toBe(HOUR_MS);
    writeFileSync(join(to, 'somebody-elses'), '');
    const parts = ['agencyos-2026-11-27T11-00-00Z.backup.part', 'agencyos-2026-11-27T17-59-00Z.backup.part'] as const;
    for (const part of parts) writeFileSync(join(to, part), '');
    utimesSync(join(to, parts[0]), now / 1_000, now / 1_000 - 60);
    utimesSync(join(to, parts[1]), now / 1_000, now / 1_000 + 2 * 3_600);
    for (let n = 0; n < 2; n++) {
      now += HOUR_MS;
      await backups().once(never);
    }
    expect(readdirSync(to).sort()).toEqual([
      // Another installation is at work on it.
      parts[1],
      'agencyos-2026-11-27T18-00-00Z.backup',
      'agencyos-2026-11-27T19-00-00Z.backup',
      'somebody-elses',
    ]);
    expect(backups().status()).toMatchObject({
      how: 'every 6 h',
      keep: 2,
      next: ['2026-11-28T01:00:00.000Z', '2026-11-28T07:00:00.000Z', '2026-11-28T13:00:00.000Z'],
      oldAt: '2026-11-28T07:00:00.000Z',
      running: false,
      lastGood: { at: '2026-11-27T19:00:00.000Z', events: 3 },
    });
  });

  it('that fail are tried again soon, and say why; the last good one stays', async () => {
    await backups().once(never);
    now += 6 * HOUR_MS;
    await backups(async (file) => {
      writeFileSync(`${file}.part`, 'half');
      throw new Error('no space left');
    }).once(never);
    expect(backups().status()).toMatchObject({
      lastGood: { events: 1 },
      failed: { at: '2026-11-27T18:00:00.000Z', why: 'no space left' },
    });
    expect(readdirSync(to)).toEqual(['agencyos-2026-11-27T12-00-00Z.backup']);
    expect(backups().dueInMs()).toBe(5 * 60_000);
    now += 5 * 60_000;
    await backups().once(never);
    expect(backups().status().failed).toBeUndefined();
  });

  it('that have no folder to lie in fail like any other', async () => {
    writeFileSync(to, 'in the way');
    await backups().once(never);
    expect(backups().status().failed?.why).toMatch('EEXIST');
  });

  it('that somebody has removed are none', async () => {
    await backups().once(never);
    rmSync(to, { recursive: true });
    expect(backups().status().lastGood).toBeUndefined();
    expect(backups().dueInMs()).toBe(0);
  });

  it('end with whoever makes them', async () => {
    const running = backups(
      (_, signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
    );
    running.start();
    expect(running.status().running).toBe(true);
    await running.stop();
    expect(running.status()).not.toHaveProperty('failed');
  });
});

describe('backups at times of day', () => {
  const daily = (catchUp?: 'none') =>
    new Backups(
      { cron: '30 2 * * *', timeZone: 'Europe/Berlin', keep: 2, to, recipient: 'age1x', catchUp },
      dataDir,
      make,
      () => now,
    );
  const inHours = (one: Backups) => one.dueInMs() / HOUR_MS;

  it('are due at once, then by the clocks there; one day without is too old', async () => {
    expect(inHours(daily())).toBe(0);
    await daily().once(never);
    expect(inHours(daily())).toBe(13.5);
    expect(daily().status()).toMatchObject({
      how: 'at 30 2 * * * (Europe/Berlin)',
      next: ['2026-11-28T01:30:00.000Z', '2026-11-29T01:30:00.000Z', '2026-11-30T01:30:00.000Z'],
      oldAt: '2026-11-29T01:30:00.000Z',
    });
  });

  it('that were missed are made up for by one, at the start; or by none where that is wanted', async () => {
    await daily().once(never);
    now += 3 * 24 * HOUR_MS;
    expect(inHours(daily())).toBe(0);
    expect(inHours(daily('none'))).toBe(13.5);
    const running = daily('none');
    now += 14 * HOUR_MS;
    expect(inHours(running)).toBe(0);
    await daily().once(never);
    expect(inHours(daily())).toBe(23.5);
  });
});

describe('backup.json', () => {
  const read = (settings: object | string) => {
    writeFileSync(join(dataDir, 'backup.json'), typeof settings === 'string' ? settings : JSON.stringify(settings));
    return readBackupSettings(dataDir);
  };

  it('says how; without it none are made', () => {
    expect(readBackupSettings(dataDir)).toBeUndefined();
    expect(read({ everyHours: 6, to, recipient: 'age1abc' })).toEqual({ everyHours: 6, keep: 7, to, recipient: 'age1abc' });
    const byCron = { cron: '30 2 * * *', timeZone: 'UTC', to, recipient: 'age1abc' };
    expect(read(byCron)).toEqual({ ...byCron, keep: 7 });
    const passphraseFile = join(folder, 'passphrase');
    writeFileSync(passphraseFile, 'only for this test');
    expect(read({ everyHours: 6, keep: 2, to, passphraseFile })).toMatchObject({ passphraseFile });
  });

  it('that would not hold what it promises ends the start with what is wrong', () => {
    const inside = join(dataDir, 'kept');
    symlinkSync(dataDir, join(folder, 'link'));
    const wrong: [object | string, string][] = [
      ['{', 'is not understood'],
      [{ everyHours: 0, to, recipient: 'age1abc' }, 'everyHours'],
      [{ everyHours: 6, to }, 'name either recipient or passphraseFile'],
      [{ everyHours: 6, to, recipient: 'age1abc', passphraseFile: '/x' }, 'name either recipient or passphraseFile'],
      [{ everyHours: 6, to: 'kept', recipient: 'age1abc' }, 'has to be a path from the root'],
      [{ everyHours: 6, to: inside, recipient: 'age1abc' }, 'lost together with the data folder'],
      [{ everyHours: 6, to: join(folder, 'link', 'kept'), recipient: 'age1abc' }, 'lost together with the data folder'],
      [{ everyHours: 6, to, passphraseFile: join(dataDir, 'passphrase') }, 'lost together with the data folder'],
      [{ everyHours: 6, to, passphraseFile: join(folder, 'none') }, 'which is not there'],
      [{ everyHours: 6, to, recipient: 'age1abc', days: 3 }, 'days'],
      [{ to, recipient: 'age1abc' }, 'name either everyHours, or cron and timeZone'],
      [{ everyHours: 6, cron: '0 2 * * *', timeZone: 'UTC', to, recipient: 'age1abc' }, 'name either everyHours, or cron'],
      [{ everyHours: 6, catchUp: 'none', to, recipient: 'age1abc' }, 'timeZone and catchUp belong to cron'],
      [{ cron: '0 2 * *', timeZone: 'UTC', to, recipient: 'age1abc' }, 'is no cron expression'],
      [{ cron: '0 2 * * *', timeZone: 'Nowhere', to, recipient: 'age1abc' }, 'Nobody knows the time zone'],
    ];
    for (const [settings, why] of wrong) expect(() => read(settings)).toThrow(why);
  });
});
