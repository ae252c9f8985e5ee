#!/usr/bin/env node
// Puts a brotli and a gzip copy beside every text file of a folder, for whoever serves it.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const TEXT = /\.(js|css|svg|txt|json)$/;
/** Below it a copy saves no packet. */
const LEAST_BYTES = 1_000;
const ENDINGS = {
  br: (bytes) =>
    promisify(brotliCompress)(bytes, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
    }),
  gz: (bytes) => promisify(gzip)(bytes, { level: 9 }),
};

/** @param {RegExp} [which] the text files, by their names */
export async function compressFiles(folder, which = TEXT) {
  for (const name of await readdir(folder, { recursive: true })) {
    if (!which.test(name)) continue;
    const path = join(folder, name);
    const bytes = await readFile(path);
    if (bytes.length < LEAST_BYTES) continue;
    for (const [ending, compress] of Object.entries(ENDINGS)) {
      const copy = await compress(bytes);
      if (copy.length < bytes.length) await writeFile(`${path}.${ending}`, copy);
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) void compressFiles(process.argv[2]);
