import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { unapprovedPath } from './approved-files.js';

let root: string;
let workspace: string;
beforeEach(() => {
  root = mkdtempSync(join(import.meta.dirname, '.approved-')); // not below the system's folder for what is temporary
  for (const name of ['workspace/uses/steps', 'readonly', 'writable/inner', 'other'])
    mkdirSync(join(root, name), { recursive: true });
  for (const name of ['workspace/uses/steps', 'readonly', 'writable', 'writable/inner', 'other'])
    writeFileSync(join(root, name, 'x.mjs'), '');
  symlinkSync(join(root, 'other/x.mjs'), join(root, 'readonly/link.mjs'));
  workspace = join(root, 'workspace');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const granted = () => [
  { path: join(root, 'readonly'), write: false },
  { path: join(root, 'readonly'), as: '/steps', write: false },
  { path: join(root, 'writable'), write: true },
  { path: join(root, 'writable/inner'), write: false },
];
const unapproved = (run: string[], env: Record<string, string> = {}) => unapprovedPath({ run, env }, workspace, granted());

describe('a guarded command (fault 10)', () => {
  it.each([
    ['a file that it uses', ['node', 'uses/steps/x.mjs']],
    ['a program of the machine', ['/usr/bin/env', 'true']],
    ['what is given in its text', ['node', '-e', 'fetch("https://example.org/a/b")']],
    ['what nobody has', ['node', '/no/such/file']],
    ['a device', ['cat', '/dev/null']],
    ['a folder under another name', ['node', '/steps/x.mjs']],
  ])('may name %s', async (_, run) => {
    expect(await unapproved(run)).toBeUndefined();
  });

  it('may name what lies in a folder that is granted read-only, and a folder to write to', async () => {
    expect(await unapproved(['node', join(root, 'readonly/x.mjs')])).toBeUndefined();
    expect(await unapproved(['node', join(root, 'writable/inner/x.mjs')])).toBeUndefined();
    expect(await unapproved(['cp', '-r', 'uses/steps', join(root, 'writable')])).toBeUndefined();
  });

  it.each([
    ['a script elsewhere', (at: string) => ['node', `${at}/other/x.mjs`]],
    ['a program elsewhere', (at: string) => [`${at}/other/x.mjs`]],
    ['a folder elsewhere', (at: string) => ['node', `${at}/other`]],
    ['a file that commands may write', (at: string) => ['node', `${at}/writable/x.mjs`]],
    ['a link out of a folder that is granted read-only', (at: string) => ['node', `${at}/readonly/link.mjs`]],
    ['a path with dots', () => ['node', '../other/x.mjs']],
    ['an option', (at: string) => ['node', `--import=${at}/other/x.mjs`, 'uses/steps/x.mjs']],
    ['a line of a shell', (at: string) => ['sh', '-c', `true && ${at}/other/x.mjs;`]],
    ['its process', (at: string) => ['node', `/proc/self/root${at}/other/x.mjs`]],
  ])('may not name %s', async (_, run) => {
    expect(await unapproved(run(root))).toBeDefined();
  });

  it('takes neither programs nor libraries from where commands may write', async () => {
    expect(await unapproved(['deploy'], { PATH: `/usr/bin:${root}/writable` })).toBe(`${root}/writable`);
    expect(await unapproved(['node', '-e', ''], { NODE_OPTIONS: `--require ${root}/other/x.mjs` })).toBe(`${root}/other/x.mjs`);
    expect(await unapproved(['x'], { HOME: homedir() })).toBe(homedir());
  });
});
