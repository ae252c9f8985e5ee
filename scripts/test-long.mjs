#!/usr/bin/env node
// `npm run test:long`: see run-long-tests.mjs.
import { checkNode } from '../supervisor/bin/node-version.mjs';

checkNode();
import('./run-long-tests.mjs').then(({ runLongTests }) => runLongTests(process.argv.slice(2)));
