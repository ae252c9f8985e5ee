import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Profiles } from './profiles.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agencyos-profiles-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = (name: string, content: unknown): string => {
  writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  return join(folder, name);
};

describe('profiles (fault 6)', () => {
  it('grant nothing by default, and nothing to a role that has none', () => {
    const nothing = { folders: [], env: [], network: false, home: false, limits: {} };
    const profiles = Profiles.read([join(folder, 'absent.json'), file('a.json', { profiles: { check: {} } })]);
    expect(profiles.forRole('check')).toEqual(nothing);
    expect(profiles.forRole('other')).toEqual(nothing);
  });

  it('of several files add up', () => {
    const a = file('a.json', {
      profiles: { check: { folders: [{ path: '/a' }], env: ['A'], limits: { memoryMiB: 1 } } },
    });
    const b = file('b.json', {
      profiles: { check: { folders: [{ path: '/b/', as: '/c', write: true }], network: true } },
    });
    expect(Profiles.read([a, b]).forRole('check')).toEqual({
      folders: [
        { path: '/a', write: false },
        { path: '/b', as: '/c', write: true },
      ],
      env: ['A'],
      network: true,
      home: false,
      limits: { memoryMiB: 1 },
    });
  });

  it.each([
    ['{', /a\.json cannot be read as JSON/],
    [{ check: {} }, /a\.json holds no profiles/],
    [{ profiles: { check: { folders: [{ path: 'relative' }] } } }, /check\.folders\.0\.path: must be an absolute path/],
    // A limit with a unit would be read by tools as a few bytes.
    [{ profiles: { check: { limits: { memoryMiB: '4G' } } } }, /check\.limits\.memoryMiB/],
    [{ profiles: { check: { netwrok: true } } }, /netwrok/],
  ])('that are wrong are refused with the place: %j', (content, message) => {
    expect(() => Profiles.read([file('a.json', content)])).toThrow(message);
  });
});
