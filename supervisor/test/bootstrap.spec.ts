import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { holderOf, lockDataDir } from '../bin/data-dir-lock.mjs';
import { natsSourceLine, packageSource } from '../bin/debian-packages.mjs';
import { isInstalled } from '../bin/install.mjs';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agencyos-bootstrap-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

describe('the lock of a data folder', () => {
  it('is given back, and taken over from a process that is gone or another of the same id', () => {
    for (const stale of ['', '{"pid":', '{"pid":999999999,"startedAt":"1"}', `{"pid":${process.ppid},"startedAt":"1"}`]) {
      write('supervisor.lock', stale);
      expect(holderOf(folder)).toBeUndefined();
      lockDataDir(folder)();
    }
  });
});

describe('where packages come from', () => {
  const debian = (sources: Record<string, string>) => {
    write('etc/os-release', 'ID=debian\nVERSION_CODENAME=bookworm\n');
    write('usr/bin/apt-get', '');
    write('usr/share/keyrings/debian-archive-keyring.gpg', '');
    for (const [name, text] of Object.entries(sources)) write(`etc/apt/${name}`, text);
    return packageSource(folder);
  };

  it("is the system's own mirror, in either notation, never a third party's", () => {
    const foreign = 'Types: deb\nURIs: https://packages.example/node\nSuites: nodistro\n';
    const own =
      'Types: deb\n# a comment\nURIs: http://mirror.example/debian\nSuites: bookworm bookworm-updates\nComponents: main\n';
    const security = 'Types: deb\nURIs: http://mirror.example/debian-security\nSuites: bookworm-security\n';
    const source = debian({
      'sources.list.d/a.sources': foreign,
      'sources.list.d/debian.sources': `${security}\n${own}`,
    });
    expect(source?.mirror).toBe('http://mirror.example/debian');
    expect(source && natsSourceLine(source)).toBe(
      `deb [signed-by=${folder}/usr/share/keyrings/debian-archive-keyring.gpg] http://mirror.example/debian trixie main`,
    );
  });

  it('is read from the one-line notation too, and falls back to the public mirror', () => {
    expect(debian({})?.mirror).toBe('http://deb.debian.org/debian');
    expect(debian({ 'sources.list': 'deb [arch=amd64] https://other.example/debian bookworm main\n' })?.mirror).toBe(
      'https://other.example/debian',
    );
  });

  it('is Ubuntu for systems like it, and nothing on others', () => {
    expect(packageSource(folder)).toBeUndefined();
    write('etc/os-release', 'ID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_CODENAME=noble\n');
    write('usr/bin/apt-get', '');
    write('usr/share/keyrings/ubuntu-archive-keyring.gpg', '');
    const source = packageSource(folder);
    expect(source && natsSourceLine(source)).toMatch(/ubuntu noble universe$/);
  });
});

describe('whether the dependencies are installed', () => {
  const entry = (version: string, more: object = {}) => ({
    version,
    integrity: `sha512-${version}`,
    ...more,
  });
  const lock = (packages: object) => write('package-lock.json', JSON.stringify({ packages }));
  const installed = (packages: object) => write('node_modules/.package-lock.json', JSON.stringify({ packages }));

  it('is so when every package of the lock file is there in its version', () => {
    lock({
      '': {},
      libs: {},
      'node_modules/a': entry('1.0.0'),
      'node_modules/b': entry('1.0.0', { optional: true }),
    });
    expect(isInstalled(folder)).toBe(false);
    installed({ 'node_modules/a': entry('1.0.0') });
    expect(isInstalled(folder)).toBe(true);
    installed({ 'node_modules/a': entry('1.0.1') });
    expect(isInstalled(folder)).toBe(false);
    installed({});
    expect(isInstalled(folder)).toBe(false);
  });

  it('is not so where the end of npm left half a record behind', () => {
    lock({ 'node_modules/a': entry('1.0.0') });
    for (const half of ['', '{"packages":{"node_modules/a":', 'null', '{}']) {
      write('node_modules/.package-lock.json', half);
      expect(isInstalled(folder)).toBe(false);
    }
  });

  it('needs what only tests use for tests alone', () => {
    lock({
      'node_modules/a': entry('1.0.0'),
      'node_modules/b': entry('1.0.0', { dev: true }),
      'node_modules/c': entry('1.0.0', { devOptional: true }),
    });
    installed({ 'node_modules/a': entry('1.0.0') });
    expect(isInstalled(folder)).toBe(true);
    expect(isInstalled(folder, { tests: true })).toBe(false);
    installed({ 'node_modules/a': entry('1.0.0'), 'node_modules/b': entry('0.9.0'), 'node_modules/c': entry('1.0.0') });
    expect(isInstalled(folder)).toBe(false);
  });
});
