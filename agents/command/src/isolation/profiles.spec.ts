import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { imageFor, KubernetesProfile } from './kubernetes-profile.js';
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

  it('say how Jobs of Kubernetes are made, and then nothing that only a process has', () => {
    const kubernetes = { namespace: 'jobs', images: { node: 'node:24' } };
    const jobs = file('a.json', { profiles: { check: { driver: 'kubernetes', kubernetes } } });
    expect(
      Profiles.read([jobs, file('b.json', { profiles: { check: { limits: { diskMiB: 1 } } } })]).forRole('check'),
    ).toMatchObject({
      ...{ driver: 'kubernetes', limits: { diskMiB: 1 } },
      kubernetes: { ...kubernetes, resources: { limits: { cpu: '2', memory: '1Gi' } } },
    });
    for (const wrong of [
      { driver: 'kubernetes' },
      { kubernetes },
      { driver: 'kubernetes', kubernetes, network: true },
      { driver: 'kubernetes', kubernetes: { ...kubernetes, images: {} } },
      {
        driver: 'kubernetes',
        kubernetes: { ...kubernetes, resources: { requests: { cpu: 1, memory: '1Gi' }, limits: { cpu: 1, memory: 'much' } } },
      },
    ])
      expect(() => Profiles.read([file('c.json', { profiles: { check: wrong } })])).toThrow(
        /holds no profiles as they are wanted/,
      );
  });

  it('let a task have an image that they list, by its name', () => {
    const of = (images: Record<string, string>) => KubernetesProfile.parse({ namespace: 'jobs', images });
    expect(imageFor(undefined, of({ node: 'node:24' }))).toMatchObject({ image: 'node:24' });
    expect(imageFor(undefined, of({ node: 'node:24', default: 'tools:1' }))).toMatchObject({ image: 'tools:1' });
    expect(imageFor(undefined, of({ node: 'node:24', go: 'go:1' }))).toEqual({
      refused: 'The task names no image: it may be "go", "node".',
    });
    expect(imageFor('rust', of({ node: 'node:24' }))).toEqual({
      refused: 'There is no image "rust" for this role: it may be "node".',
    });
    expect(imageFor('rust', undefined)).toMatchObject({ refused: expect.stringMatching(/runs commands itself, in no image/) });
  });
});
