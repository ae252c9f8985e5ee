#!/usr/bin/env node
// `npm run new -- KIND …`: writes what CONTRIBUTING.md says a command, an event, … consists of. See new/make-new.mjs.
import { checkNode } from '../supervisor/bin/node-version.mjs';

checkNode();
import('./new/make-new.mjs').then(({ runNew }) => runNew(process.argv.slice(2)));
