#!/usr/bin/env node
// `npm run verify`: what a change has to satisfy before it is sent, and no more than it touches: format, lint, types and
// unit specs (those of the contracts compare the published documents) of the projects that changed since the main branch,
// and of those that use them.
//
//   npm run verify -- [REF]   since another commit, for example `HEAD~1`
import { checkNode } from '../supervisor/bin/node-version.mjs';

checkNode();
import('./verify-changes.mjs').then(({ verifyChanges }) => verifyChanges(process.argv[2]));
