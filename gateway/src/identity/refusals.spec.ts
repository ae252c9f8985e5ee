import { join } from 'node:path';
import { type CommandSet, identityCommands } from '@agencyos/contracts';
import { expect, it } from '@jest/globals';
import { refusalsIn } from '../../../scripts/refusals-in.mjs';

it('refuses with every code that its contracts declare, and with no other', () => {
  const sets: CommandSet[] = identityCommands;
  const declared = sets
    .flatMap(({ types }) => Object.entries(types))
    .flatMap(([type, { refusals }]) => refusals.map(({ code }) => `${type} ${code}`));
  expect(refusalsIn(join(import.meta.dirname, '../../tsconfig.json'))).toEqual(declared.sort());
});
