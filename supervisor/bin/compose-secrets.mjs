#!/usr/bin/env node
// `npm run compose:secrets`: what docker-compose.yml mounts as secrets, in ./secrets.
import { resolve } from 'node:path';
import { writeComposeSecrets } from '../dist/compose-secrets.js';
import { builtInAgents } from '../dist/process-table.js';

const folder = resolve(process.argv[2] ?? 'secrets');
await writeComposeSecrets(folder, builtInAgents);
console.log(`Secrets for docker compose are in ${folder}.`);
