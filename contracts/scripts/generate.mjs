import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { documents } from './documents.mjs';

/** `npm run generate`: writes JSON Schema, AsyncAPI and OpenAPI from the built contracts. */
const folder = join(import.meta.dirname, '..', 'generated');
const contracts = await import('../dist/index.js');
const files = documents(contracts);
await rm(folder, { recursive: true, force: true });
for (const [path, text] of files) {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}
console.log(`${files.size} documents written to contracts/generated`);
