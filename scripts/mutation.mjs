#!/usr/bin/env node
// `npm run mutation`: see mutation/run-mutation.mjs.
import { checkNode } from '../supervisor/bin/node-version.mjs';

checkNode();
import('./mutation/run-mutation.mjs').then(({ runMutation }) => runMutation(process.argv.slice(2)));
