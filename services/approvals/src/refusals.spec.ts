import { join } from 'node:path';
import { approvalsCommands } from '@agencyos/contracts';
import { expect, it } from '@jest/globals';
import { declaredIn, refusalsIn } from '../../../scripts/refusals-in.mjs';

it('refuses with every code that its contracts declare, and with no other', () => {
  expect(refusalsIn(join(import.meta.dirname, '../tsconfig.json'))).toEqual(declaredIn(approvalsCommands));
});
