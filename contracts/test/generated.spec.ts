import { describe, expect, it } from '@jest/globals';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { documents } from '../scripts/documents.mjs';
import * as contracts from '../src/index.js';

const folder = join(import.meta.dirname, '../generated');
const files = documents(contracts);

describe('generated documents', () => {
  it('are those of the present contracts (`npm run generate` renews them)', async () => {
    const stale: string[] = [];
    for (const [path, text] of files) {
      if ((await readFile(join(folder, path), 'utf8').catch(() => '')) !== text) stale.push(path);
    }
    expect(stale).toEqual([]);
  });

  it('leave nothing behind of what is published no more', async () => {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const present = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
    expect(present.filter((path) => !files.has(path))).toEqual([]);
  });
});
