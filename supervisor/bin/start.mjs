#!/usr/bin/env node
// `npm start`: from a fresh clone to a running installation. Needs nothing but Node.js 20 and git.
import { checkNode } from './node-version.mjs';

const parent = process.ppid; // before anything that takes time: npm may be killed meanwhile
checkNode();
import('./bootstrap.mjs').then(({ bootstrap }) => bootstrap(process.argv.slice(2), parent));
