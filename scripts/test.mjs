#!/usr/bin/env node
// `npm test`: see run-tests.mjs.
import { checkNode } from '../supervisor/bin/node-version.mjs';

checkNode();
import('./run-tests.mjs').then(({ runAllTests }) => runAllTests(process.argv.slice(2)));
