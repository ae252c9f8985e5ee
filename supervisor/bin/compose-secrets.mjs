#!/usr/bin/env node
// `npm run compose:secrets`: what docker-compose.yml mounts as secrets, in ./secrets.
import { resolve } from 'node:path';
import { writeComposeSecrets } from '../dist/compose-secrets.js';

const folder = resolve(process.argv[2] ?? 'secrets');
await writeComposeSecrets(folder, ['command-1', 'command-2']);
console.log(`Secrets for docker compose are in ${folder}.`);
