#!/usr/bin/env node
// Part of `npm run generate`: what the chart reads of the table of the installation, in k8s/chart/files/generated.
import { mkdir, writeFile } from 'node:fs/promises';
import { chartFiles } from './chart-files.mjs';

const folder = new URL('../k8s/chart/files/generated/', import.meta.url);
await mkdir(folder, { recursive: true });
for (const [name, text] of Object.entries(chartFiles())) await writeFile(new URL(name, folder), text);
console.log('k8s/chart says what the table of the installation says');
