import { describe, expect, it } from '@jest/globals';
import { age, countdown, duration, elapsed, fileSize, plural, shortDigest, words } from './format';
import { jsonText } from './json-text';
import { leaseAt } from './lease';
import { lookOf } from '../principal';

const S = 1000;
const MIN = 60 * S;

describe('formats', () => {
  it('durations', () =>
    expect([1_900, 48 * S, 3 * MIN + 5 * S, 2 * 60 * MIN, 50 * 60 * MIN].map(duration)).toEqual([
      '1.9 s',
      '48 s',
      '3 min',
      '2 h',
      '2 d',
    ]));
  it('sizes of files', () =>
    expect([1, 800, 1_400, 30_208, 16_777_216].map(fileSize)).toEqual([
      '1 byte',
      '800 bytes',
      '1.4 KB',
      '30 KB',
      '17 MB',
    ]));
  it('what goes on', () =>
    expect([900, 77 * S, 2 * 60 * MIN].map(elapsed)).toEqual(['0 s', '1 min 17 s', '2 h']));
  it('time left', () =>
    expect([-5, 41 * MIN + 12 * S, 22 * 60 * MIN, 72 * 60 * MIN].map(countdown)).toEqual([
      '0:00',
      '41:12',
      '22 h 0 min',
      '3 d',
    ]));
  it('ages, exact above an hour', () => {
    const now = Date.parse('2026-11-22T12:00:00.000Z');
    expect(age('2026-11-22T11:59:48.000Z', now)).toBe('12 s');
    expect(age('2026-11-22T11:51:00.000Z', now)).toBe('9 min');
    expect(age('2026-11-10T11:51:00.000Z', now)).toBe('10 Nov');
    expect(age(undefined, now)).toBe('');
  });
  it('counts and names', () => {
    expect([plural(1, 'task'), plural(2, 'run waits', 'runs wait')]).toEqual(['1 task', '2 runs wait']);
    expect(words('restart-service')).toBe('Restart service');
  });
  it('digests keep both ends', () =>
    expect(shortDigest(`sha256:${'7c1e90ab44d2'}${'0'.repeat(48)}e3f0`)).toBe(
      'sha256:7c1e 90ab 44d2 … e3f0',
    ));
});

describe('JSON for people', () => {
  it('unwraps values and leaves text as it is', () => {
    expect(jsonText({ value: 'All checks passed.' })).toBe('All checks passed.');
    expect(jsonText(undefined)).toBe('');
    expect(jsonText({ value: 0 })).toBe('0');
  });
  it('keeps short lists on one line', () =>
    expect(jsonText({ value: { run: ['node', 'lint.mjs'] } })).toBe('{ "run": ["node", "lint.mjs"] }'));
  it('breaks long ones and stays JSON', () => {
    const value = { run: Array.from({ length: 12 }, (_, n) => `argument-${n}`), empty: {}, none: null };
    const text = jsonText({ value });
    expect(text.split('\n').length).toBeGreaterThan(10);
    expect(JSON.parse(text)).toEqual(value);
  });

  it('shows what was written as it was written, and the rest beneath (fault 33)', () => {
    expect(jsonText({ value: { summary: 'Nothing breaks.\nTwo fixes.' } })).toBe(
      'Nothing breaks.\nTwo fixes.',
    );
    expect(jsonText({ value: { files: 3, summary: 'Two fixes.' } })).toBe('Two fixes.\n\n{ "files": 3 }');
    expect(jsonText({ value: { summary: 5 } })).toBe('{ "summary": 5 }');
  });

  it('keeps one order, live and reloaded (fault 33)', () =>
    expect(jsonText({ value: { zeta: 1, a: { d: 1, c: 2 } } })).toBe(
      jsonText({ value: { a: { c: 2, d: 1 }, zeta: 1 } }),
    ));
});

describe('who acts', () => {
  it('is told by shape', () => {
    expect(lookOf('agent:command-2')).toMatchObject({ shape: 'agent', mark: 'c2', name: 'command-2' });
    expect(lookOf('service:healer')).toMatchObject({ shape: 'system', healer: true });
    expect(lookOf('role:approver')).toMatchObject({ shape: 'person', name: 'any approver' });
    expect(lookOf('user:0193-ab12', 'admin')).toMatchObject({ mark: 'AD', name: 'admin' });
    expect(lookOf('user:0193-ab12').name).toBe('user ab12');
  });
});

describe('a lease', () => {
  it('steps from ok over late to lost', () => {
    const state = (now: string) => leaseAt('2026-11-22T10:00:00.000Z', 6_000, Date.parse(now)).state;
    expect(['10:00:03', '10:00:04', '10:00:06'].map((time) => state(`2026-11-22T${time}.000Z`))).toEqual([
      'ok',
      'late',
      'lost',
    ]);
  });
});
