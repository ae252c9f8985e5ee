import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { violations } from '../scripts/compare-contracts.mjs';
import { tooEarly } from '../scripts/compare-levels.mjs';
import { newestRelease } from '../scripts/releases.mjs';
import { snapshot } from '../scripts/snapshot.mjs';
import * as contracts from '../src/index.js';

const root = join(import.meta.dirname, '../..');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

describe('the present contracts', () => {
  it('take nothing away from those released last', async () => {
    const released = await newestRelease();
    expect(Object.keys(released!.events).length).toBeGreaterThan(80);
    expect(violations(released!, snapshot(contracts), version)).toEqual([]);
  });

  it('write and offer nothing that a replica of those could not read', async () => {
    expect(tooEarly((await newestRelease())!, snapshot(contracts))).toEqual([]);
  });
});
