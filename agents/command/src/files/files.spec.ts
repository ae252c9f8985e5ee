import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FOLDER_MEDIA_TYPE } from '@agencyos/contracts';
import { MemoryStore } from '../../test/memory-store.js';
import { readAllProduced, staysInside, storeProduced } from './produced-files.js';
import { writeTar, type TarEntry } from './tar.js';
import { unpackUses } from './used-files.js';

let root: string;
let workspace: string;
let store: MemoryStore;
let lines: string[];
const signal = new AbortController().signal;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'agencyos-files-'));
  workspace = join(root, 'workspace');
  mkdirSync(workspace);
  store = new MemoryStore();
  lines = [];
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(path: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(join(workspace, path)), { recursive: true });
  writeFileSync(join(workspace, path), text);
  chmodSync(join(workspace, path), mode);
}
const produce = (produces: Record<string, string>) =>
  readAllProduced(produces, workspace).then((read) =>
    storeProduced(read, { store, signal, log: (line) => void lines.push(line) }),
  );
const use = async (name: string, mediaType: string, bytes: Uint8Array) =>
  unpackUses({ [name]: await store.put(bytes, mediaType) }, workspace, store, signal);

describe('what a command produces (fault 6)', () => {
  it('is stored by name, a file as it is and a folder as one archive, and unpacked read-only elsewhere', async () => {
    put('out/notes.md', '# notes\n');
    put('steps/publish.mjs', 'run()', 0o755);
    put('steps/lib/a.txt', 'a');
    symlinkSync('lib/a.txt', join(workspace, 'steps/latest'));
    const artifacts = await produce({ notes: 'out/notes.md', steps: 'steps' });
    expect(artifacts).toMatchObject([
      { name: 'notes', bytes: 8, mediaType: 'text/markdown' },
      { name: 'steps', mediaType: FOLDER_MEDIA_TYPE },
    ]);
    expect(lines).toEqual([expect.stringMatching(/^\[produced notes: 8 bytes, sha256:/), expect.anything()]);

    const other = join(root, 'other');
    mkdirSync(other);
    await unpackUses(Object.fromEntries(artifacts.map((one) => [one.name!, one])), other, store, signal);
    expect(readFileSync(join(other, 'uses/notes'), 'utf8')).toBe('# notes\n');
    expect(readFileSync(join(other, 'uses/steps/latest'), 'utf8')).toBe('a');
    expect(readlinkSync(join(other, 'uses/steps/latest'))).toBe('lib/a.txt');
    expect(statSync(join(other, 'uses/steps/publish.mjs')).mode & 0o777).toBe(0o555);
    expect(statSync(join(other, 'uses/steps/lib/a.txt')).mode & 0o777).toBe(0o444);
  });

  it('has the same digest whenever and wherever it was made', async () => {
    put('a/x', '1');
    put('b/x', '1');
    const [a, b] = await produce({ a: 'a', b: 'b' });
    expect(a!.digest).toBe(b!.digest);
  });

  it.each([
    ['produced_missing', 'nothing', () => undefined],
    ['produced_missing', 'a/nothing', () => put('a', 'a file')],
    ['produced_outside', 'link', () => symlinkSync('/etc/passwd', join(workspace, 'link'))],
    ['produced_outside', 'link/passwd', () => symlinkSync('/etc', join(workspace, 'link'))],
    ['produced_outside', 'folder', () => (put('folder/a', ''), symlinkSync('../../secret', join(workspace, 'folder/link')))],
    ['produced_too_large', 'large', () => (put('large', ''), truncateSync(join(workspace, 'large'), (16 << 20) + 1))],
    [
      'produced_too_large',
      'folder',
      () => {
        for (const name of ['a', 'b']) {
          put(`folder/${name}`, '');
          truncateSync(join(workspace, 'folder', name), 9 << 20);
        }
      },
    ],
  ])('is refused with its name: %s, %s', async (code, path, prepare) => {
    prepare();
    const refused = produce({ thing: path });
    await expect(refused).rejects.toMatchObject({ code, message: expect.stringContaining('"thing"') });
    expect(store.contents.size).toBe(0);
  });

  it('has at most 64 MiB together, and says so', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      put(name, '');
      truncateSync(join(workspace, name), 14 << 20);
    }
    await expect(produce({ a: 'a', b: 'b', c: 'c', d: 'd', e: 'e' })).rejects.toMatchObject({
      code: 'produced_too_large',
      message: `With "e" the files of this attempt would take ${70 << 20} bytes or more; at most ${64 << 20} are kept.`,
    });
  });

  it.each([
    ['a', 'b', true],
    ['a/b', '../c', true],
    ['a/b', '../../c', false],
    ['a', '..', false],
    ['a', '/etc', false],
    ['a', 'b/../../c', false],
    ['a', '.git/../x', false],
    ['a', '', false],
    ['a/b', './/../c', true],
  ])('a link at %s to %j stays inside: %s', (path, target, inside) => {
    expect(staysInside(path, target)).toBe(inside);
  });
});

describe('what a command uses (fault 6)', () => {
  const file = (path: string): TarEntry => ({
    path,
    kind: 'file',
    bytes: Buffer.from('x'),
    executable: false,
  });

  it.each([
    [[file('../outside')]],
    [[file('/tmp/outside')]],
    [[file('a/../../outside')]],
    [[{ path: 'link', kind: 'link', target: '../../..' } as TarEntry]],
    [[{ path: 'link', kind: 'link', target: '/etc' } as TarEntry]],
    [[{ path: 'link', kind: 'link', target: 'a' } as TarEntry, file('link/x')]],
    [[file('a'), file('a')]],
  ])('never lands outside of its folder, whoever stored it: %j', async (entries) => {
    await expect(use('thing', FOLDER_MEDIA_TYPE, writeTar(entries))).rejects.toMatchObject({
      code: 'uses_unreadable',
      message: expect.stringContaining('"thing"'),
    });
    expect(existsSync(join(root, 'outside'))).toBe(false);
    expect(existsSync(join(workspace, 'outside'))).toBe(false);
  });

  it('is unpacked anew, whatever lay there', async () => {
    put('uses/thing/old', 'old');
    await use('thing', 'text/plain', Buffer.from('new'));
    expect(readFileSync(join(workspace, 'uses/thing'), 'utf8')).toBe('new');
  });

  it('fails by name when the content is not there', async () => {
    const absent = { digest: `sha256:${'0'.repeat(64)}`, bytes: 1, mediaType: 'text/plain' };
    await expect(unpackUses({ thing: absent }, workspace, store, signal)).rejects.toMatchObject({
      code: 'uses_unreadable',
      message: expect.stringContaining('"thing": sha256:000'),
    });
  });
});
