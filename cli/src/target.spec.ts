import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
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
  const dataDir = () => join(folder, '.agencyos');

  it('is the one whose data folder is nearest', () => {
    expect(findTarget({}, {}, join(folder, 'deep', 'down'))).toMatchObject({
      url: 'http://127.0.0.1:8400',
      token: 'secret',
    });
    writeFileSync(join(dataDir(), 'url'), 'http://127.0.0.1:9000/\n');
    expect(findTarget({}, {}, folder)).toEqual({
      ...{ url: 'http://127.0.0.1:9000', token: 'secret', named: false, ownToken: false },
      dataDir: dataDir(),
    });
  });

  it('is the one that is named', () => {
    const env = { AGENCYOS_URL: 'http://a:1', AGENCYOS_TOKEN: 'other', AGENCYOS_DATA_DIR: '/nowhere' };
    expect(findTarget({}, env, folder)).toMatchObject({ url: 'http://a:1', token: 'other', ownToken: true });
    expect(findTarget({ url: 'https://b/x', dataDir: dataDir() }, {}, '/')).toMatchObject({
      ...{ url: 'https://b', token: 'secret', named: true },
    });
  });

  it('says what to do when there is none', () => {
    expect(() => findTarget({}, {}, tmpdir())).toThrow(/npm start/);
    expect(() => findTarget({ url: 'ftp://x' }, {}, folder)).toThrow(/--url/);
  });
});

describe('a secret (fault 18)', () => {
  const dataDir = () => join(folder, '.agencyos');
  const urlFile = () => join(dataDir(), 'url');

  it.each(['http://example.net', 'http://127.0.0.1.example.net', 'http://10.0.0.1:8400'])(
    'is not sent to %s because a folder says so',
    (address) => {
      writeFileSync(urlFile(), address);
      expect(() => findTarget({}, {}, folder)).toThrow(/not this machine/);
      expect(() => findTarget({ dataDir: dataDir() }, {}, '/')).toThrow(/not this machine/);
      expect(findTarget({ url: address }, {}, folder)).toMatchObject({ url: address, token: 'secret' });
    },
  );

  it.each(['http://127.0.0.1:1', 'http://127.3.2.1:1', 'http://localhost:1', 'http://[::1]:1'])('is sent to %s', (address) => {
    writeFileSync(urlFile(), address);
    expect(findTarget({}, {}, folder).url).toBe(address);
  });

  it('of the environment is sent only to an address named beside it', () => {
    writeFileSync(urlFile(), 'http://127.0.0.1:9000');
    expect(() => findTarget({}, { AGENCYOS_TOKEN: 'mine' }, folder)).toThrow(/AGENCYOS_URL/);
    expect(findTarget({ url: 'http://b' }, { AGENCYOS_TOKEN: 'mine' }, folder)).toMatchObject({
      ...{ url: 'http://b', token: 'mine' },
    });
  });

  it('stays here when others may change what was found further up', () => {
    writeFileSync(urlFile(), 'http://127.0.0.1:9000');
    chmodSync(urlFile(), 0o666);
    expect(() => findTarget({}, {}, join(folder, 'deep'))).toThrow(/others may change it/);
    expect(findTarget({ dataDir: dataDir() }, {}, '/').token).toBe('secret');
    chmodSync(urlFile(), 0o600);
    chmodSync(dataDir(), 0o777);
    expect(() => findTarget({}, {}, folder)).toThrow(/others may change it/);
    chmodSync(dataDir(), 0o755);
    renameSync(urlFile(), join(folder, 'elsewhere'));
    symlinkSync(join(folder, 'elsewhere'), urlFile());
    expect(() => findTarget({}, {}, folder)).toThrow(/others may change it/);
  });

  it('stays here when what was found belongs to somebody else', () => {
    const uid = process.getuid!();
    const getuid = jest.spyOn(process, 'getuid').mockReturnValue(uid + 1);
    expect(() => findTarget({}, {}, folder)).toThrow(/others may change it/);
    getuid.mockRestore();
  });
});
