import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readTar, writeTar, type TarEntry } from './tar.js';

const file = (path: string, text: string, executable = false): TarEntry => ({
  ...{ path, kind: 'file', bytes: Buffer.from(text), executable },
});
const deep = `${'d'.repeat(60)}/${'é'.repeat(40)}/${'f'.repeat(60)}`;
const entries: TarEntry[] = [
  { path: 'bin', kind: 'folder' },
  file('bin/run.sh', '#!/bin/sh\n', true),
  file('empty', ''),
  file(deep, 'x'.repeat(513)),
  { path: 'latest', kind: 'link', target: 'bin/run.sh' },
  { path: 'long', kind: 'link', target: deep },
];

describe('the archive of a folder', () => {
  it('holds its files again, sorted', () => {
    expect(readTar(writeTar(entries))).toEqual(
      [...entries].sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path))),
    );
    expect(readTar(writeTar([]))).toEqual([]);
  });

  it('is the same bytes in whatever order they were found', () => {
    expect(writeTar([...entries].reverse()).equals(writeTar(entries))).toBe(true);
    expect(writeTar(entries).length % 512).toBe(0);
  });

  it('is unpacked by any tar', () => {
    const folder = mkdtempSync(join(tmpdir(), 'agencyos-tar-'));
    try {
      writeFileSync(join(folder, 'a.tar'), writeTar(entries));
      execFileSync('tar', ['xf', 'a.tar'], { cwd: folder });
      expect(readFileSync(join(folder, deep), 'utf8')).toBe('x'.repeat(513));
      expect(statSync(join(folder, 'bin/run.sh')).mode & 0o777).toBe(0o755);
      expect(statSync(join(folder, 'empty')).mode & 0o111).toBe(0);
      expect(readlinkSync(join(folder, 'long'))).toBe(deep);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.each([
    ['damaged', (bytes: Buffer) => bytes.fill(1, 0, 10), 'damaged'],
    ['cut off', (bytes: Buffer) => bytes.subarray(0, 600), 'cut off'],
    ['without an end', (bytes: Buffer) => bytes.subarray(0, bytes.length - 1_024), 'no end'],
    ['no archive', () => Buffer.alloc(0), 'no end'],
  ])('is not read when it is %s', (_, change, message) => {
    expect(() => readTar(change(writeTar([file('a', 'x'.repeat(600))])))).toThrow(message);
  });
});
