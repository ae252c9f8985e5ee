import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { findTarget } from './target.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agencyos-target-'));
  mkdirSync(join(folder, '.agencyos'));
  mkdirSync(join(folder, 'deep', 'down'), { recursive: true });
  writeFileSync(join(folder, '.agencyos', 'cli-token'), 'secret\n');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the installation to talk to', () => {
  it('is the one whose data folder is nearest', () => {
    expect(findTarget({}, {}, join(folder, 'deep', 'down'))).toEqual({
      url: 'http://127.0.0.1:8400',
      token: 'secret',
    });
    writeFileSync(join(folder, '.agencyos', 'url'), 'http://127.0.0.1:9000/\n');
    expect(findTarget({}, {}, folder)).toEqual({ url: 'http://127.0.0.1:9000', token: 'secret' });
  });

  it('is the one that is named', () => {
    const env = { AGENCYOS_URL: 'http://a:1', AGENCYOS_TOKEN: 'other', AGENCYOS_DATA_DIR: '/nowhere' };
    expect(findTarget({}, env, folder)).toEqual({ url: 'http://a:1', token: 'other' });
    expect(findTarget({ url: 'https://b/x', dataDir: join(folder, '.agencyos') }, {}, '/')).toEqual({
      url: 'https://b',
      token: 'secret',
    });
  });

  it('says what to do when there is none', () => {
    expect(() => findTarget({}, {}, tmpdir())).toThrow(/npm start/);
    expect(() => findTarget({ url: 'ftp://x' }, {}, folder)).toThrow(/--url/);
  });
});
