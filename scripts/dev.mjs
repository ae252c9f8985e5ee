#!/usr/bin/env node
// `npm run dev`: see dev/run-dev.mjs.
import { checkNode } from '../supervisor/bin/node-version.mjs';

const parent = process.ppid; // before anything that takes time: npm may be killed meanwhile
checkNode();
import('./dev/run-dev.mjs').then(({ runDev }) => runDev(process.argv.slice(2), parent));
