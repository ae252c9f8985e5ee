import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { keptOrMade, writeOwnFile } from './own-file.js';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agencyos-own-'));
  file = join(folder, 'secret');
});
afterEach(() => rm(folder, { recursive: true }));

it('is its owner’s alone, and takes the place of the one before as a whole', async () => {
  await writeFile(file, 'before', { mode: 0o644 });
  await writeOwnFile(file, 'after');
  expect([await readFile(file, 'utf8'), (await stat(file)).mode & 0o777]).toEqual(['after', 0o600]);
  expect(await readdir(folder)).toEqual(['secret']);
});

it('is made once, and kept', async () => {
  expect(await keptOrMade(file, () => 'first')).toBe('first');
  expect(await keptOrMade(file, () => 'second')).toBe('first');
});

it('is made anew where a start that was cut short left an empty one: else none would ever succeed', async () => {
  await writeFile(file, '');
  expect(await keptOrMade(file, () => 'whole')).toBe('whole');
  expect(await readFile(file, 'utf8')).toBe('whole');
});

it('that cannot be read is left as it is', async () => {
  await expect(keptOrMade(folder, () => 'another')).rejects.toThrow('EISDIR');
});
