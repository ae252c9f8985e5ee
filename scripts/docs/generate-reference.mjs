#!/usr/bin/env node
// Part of `npm run generate`: docs/reference, from the contracts, the command line, the sources and the chart.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { referencePages } from './reference-pages.mjs';

const projectRoot = fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, '');
await mkdir(join(projectRoot, 'docs/reference'), { recursive: true });
for (const [path, text] of Object.entries(referencePages(projectRoot))) await writeFile(join(projectRoot, path), text);
console.log('docs/reference says what the contracts, the command line and the chart say');
