import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { LogFile } from './log-file.js';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agencyos-log-'));
  path = join(folder, 'kanban.log');
});

afterEach(() => rmSync(folder, { recursive: true }));

it('goes on where an earlier start ended', () => {
  for (const text of ['first\n', 'second\n']) {
    const log = new LogFile(path);
    log.write(Buffer.from(text));
    log.close();
  }
  expect(readFileSync(path, 'utf8')).toBe('first\nsecond\n');
});

it('keeps what is newest and the 10 MB before', () => {
  const log = new LogFile(path);
  const megabyte = Buffer.alloc(1024 * 1024, 'x');
  for (let n = 0; n < 25; n++) log.write(megabyte);
  log.write(Buffer.from('last\n'));
  log.close();
  expect(readFileSync(path, 'utf8').endsWith('last\n')).toBe(true);
  expect(statSync(path).size).toBeLessThan(12 * 1024 * 1024);
  expect(statSync(`${path}.1`).size).toBeLessThan(12 * 1024 * 1024);
  expect(existsSync(`${path}.2`)).toBe(false);
});
