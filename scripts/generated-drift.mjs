#!/usr/bin/env node
// Fails when contracts/generated is not exactly what the built contracts generate.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { documents } from '../contracts/scripts/documents.mjs';

const folder = fileURLToPath(new URL('../contracts/generated', import.meta.url));
const wanted = documents(await import('../contracts/dist/index.js'));
const present = existsSync(folder)
  ? readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
  : [];
const differing = [...wanted].filter(
  ([path, text]) => !existsSync(join(folder, path)) || readFileSync(join(folder, path), 'utf8') !== text,
);
const superfluous = present.filter((path) => !wanted.has(path));
for (const path of [...differing.map(([path]) => path), ...superfluous]) console.error(`contracts/generated/${path}`);
if (differing.length + superfluous.length > 0) {
  console.error('These are not what the contracts generate: run `npm run generate` and commit the result.');
  process.exit(1);
}
