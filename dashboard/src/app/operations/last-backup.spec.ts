import { TestBed } from '@angular/core/testing';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Api } from '../session/api';
import { PageClock } from '../ui/clock';
import { LastBackup } from './last-backup';

const NOW = Date.parse('2026-11-27T12:00:00.000Z');

const every6 = {
  how: 'every 6 h',
  next: ['2026-11-27T18:00:00.000Z', '2026-11-28T00:00:00.000Z'],
  oldAt: '2026-11-27T14:00:00.000Z',
};

describe('the line of the backups', () => {
  let answer: () => Promise<object>;
  const shown = async () => {
    const fixture = TestBed.createComponent(LastBackup);
    await fixture.whenStable();
    const line = (fixture.nativeElement as HTMLElement).querySelector('.backups');
    const words = [...(line?.querySelectorAll('p > span') ?? [])].map((part) =>
      part.textContent!.replace(/\s+/g, ' ').trim(),
    );
    return line && [line.getAttribute('data-state'), ...words];
  };

  const next = expect.stringMatching(/^next 27 Nov 2026, \d\d:00:00$|^next 28 Nov 2026/);

  beforeEach(() => {
    TestBed.configureTestingModule({
      providers: [
        { provide: Api, useValue: { get: () => answer() } },
        { provide: PageClock, useValue: { now: () => NOW } },
      ],
    });
  });

  it('says when the last good one was made', async () => {
    const lastGood = { at: '2026-11-27T11:57:00.000Z' };
    answer = async () => ({ backups: { ...every6, running: false, lastGood } });
    expect(await shown()).toEqual(['done', 'Last good backup 3 min ago', 'one every 6 h', next]);
  });

  it('says what is wrong with them', async () => {
    answer = async () => ({
      backups: {
        ...every6,
        oldAt: '2026-11-27T11:00:00.000Z',
        running: true,
        lastGood: { at: '2026-11-27T09:00:00.000Z' },
      },
    });
    expect((await shown())![0]).toBe('warn');
    const failed = { at: '2026-11-27T11:00:00.000Z', why: 'no space left' };
    answer = async () => ({ backups: { ...every6, running: false, failed } });
    expect(await shown()).toEqual([
      'failed',
      'No good backup yet',
      'one every 6 h',
      next,
      'The last attempt failed: no space left',
    ]);
  });

  it('is not there where nobody has asked for any, or nobody knows', async () => {
    answer = async () => ({});
    expect(await shown()).toBeNull();
    answer = () => Promise.reject(new Error('no_supervisor'));
    expect(await shown()).toBeNull();
  });
});
