import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { keyOf, readRequest, type Request, sealOf } from './request.js';

let folder: string;
let secret: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agencyos-request-'));
  secret = join(folder, 'secret');
});
afterEach(() => rm(folder, { recursive: true }));

const PASSPHRASE = 'ten letter';
const request = (more: Partial<Request> = {}): Request => ({ ...readRequest(['make', 'x']), ...more });

describe('a command line', () => {
  it('names what is to be done, to which file, of which installation', () => {
    expect(readRequest(['make', 'b.age', '--recipient', 'age1a', '--recipient', 'age1b'])).toEqual({
      ...{ verb: 'make', file: resolve('b.age'), dataDir: resolve('.agencyos'), json: false },
      ...{ recipients: ['age1a', 'age1b'], identityFile: undefined, passphraseFile: undefined },
      ...{ keep: undefined, unlessTaken: false },
    });
    expect(readRequest(['make', 'folder', '--keep', '7'])).toMatchObject({ file: resolve('folder'), keep: 7 });
    expect(readRequest(['restore', 'b.age', '--unless-taken'])).toMatchObject({ unlessTaken: true });
    const rest = ['--data-dir', '/d', '--identity', 'k', '--passphrase-file', '-', '--json'];
    expect(readRequest(['restore', 'b.age', ...rest])).toMatchObject({
      ...{ verb: 'restore', dataDir: '/d', identityFile: 'k', passphraseFile: '-', json: true, recipients: [] },
    });
    expect(['check', 'new-key'].map((verb) => readRequest([verb, 'x']).verb)).toEqual(['check', 'new-key']);
  });

  it.each([
    [[]],
    [['make']],
    [['make', 'a', 'b']],
    [['steal', 'a']],
    [['make', 'a', '--unknown']],
    [['make', 'a', '--keep', '0']],
  ])('is not understood: %j', (argv) => expect(() => readRequest(argv)).toThrow(expect.objectContaining({ name: 'TypeError' })));

  it('that is not understood is answered by what there is', () =>
    expect(() => readRequest([])).toThrow('One of make, restore, check, new-key, and one FILE.'));
});

describe('a backup', () => {
  it('is sealed to keys, or by a passphrase, one of them', async () => {
    await writeFile(secret, `${PASSPHRASE}\r\n`);
    expect(await sealOf(request({ recipients: ['age1a'] }))).toEqual({ recipients: ['age1a'] });
    expect(await sealOf(request({ passphraseFile: secret }))).toEqual({ passphrase: PASSPHRASE });
    await expect(sealOf(request())).rejects.toThrow('name --recipient or --passphrase-file');
    await expect(sealOf(request({ recipients: ['age1a'], passphraseFile: secret }))).rejects.toThrow('not both');
  });

  it('may be sealed to keys that a file names, as a Secret is one', async () => {
    await writeFile(secret, '# of the safe\nage1a\nage1b\n');
    expect(readRequest(['make', 'x', '--recipients-file', secret]).recipients).toEqual(['age1a', 'age1b']);
    await writeFile(secret, 'AGE-SECRET-KEY-1ABC\n');
    expect(() => readRequest(['make', 'x', '--recipients-file', secret])).toThrow('names nobody');
  });

  it('is opened by a key, or by a passphrase, one of them', async () => {
    await writeFile(secret, '# public key: age1a\nAGE-SECRET-KEY-1ABC\n');
    expect(await keyOf(request({ identityFile: secret }))).toEqual({ identity: 'AGE-SECRET-KEY-1ABC' });
    await expect(keyOf(request())).rejects.toThrow('name --identity or --passphrase-file');
    await expect(keyOf(request({ identityFile: secret, passphraseFile: secret }))).rejects.toThrow('name one of them');
    await writeFile(secret, PASSPHRASE);
    expect(await keyOf(request({ passphraseFile: secret }))).toEqual({ passphrase: PASSPHRASE });
    await expect(keyOf(request({ identityFile: secret }))).rejects.toThrow(`${secret} holds no key`);
  });

  it('has a passphrase of ten characters at least, without the end of its line', async () => {
    await writeFile(secret, `${PASSPHRASE.slice(1)}\n`);
    await expect(sealOf(request({ passphraseFile: secret }))).rejects.toThrow('at least 10 characters');
    await writeFile(secret, `${PASSPHRASE}\n\n`);
    expect(await sealOf(request({ passphraseFile: secret }))).toEqual({ passphrase: `${PASSPHRASE}\n` });
  });
});
