#!/usr/bin/env node
// Part of `npm run generate`: the services and agents of docker-compose.yml, from the table of the installation.
import { readFile, writeFile } from 'node:fs/promises';
import { installation } from '../contracts/dist/installation/index.js';
import { composeOf } from './compose.mjs';

const file = new URL('../docker-compose.yml', import.meta.url);
await writeFile(file, composeOf(await readFile(file, 'utf8'), installation));
console.log('docker-compose.yml says what the table of the installation says');
