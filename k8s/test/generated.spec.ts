import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { installation } from '@agencyos/contracts/installation';
import { describe, expect, it } from '@jest/globals';
import { chartFiles } from '../../scripts/chart-files.mjs';

const folder = join(import.meta.dirname, '../chart/files/generated');

describe('the files that the chart reads', () => {
  it('say what the table says: otherwise `npm run generate`', () => {
    const written = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]);
    expect(Object.fromEntries(written)).toEqual(chartFiles());
  });

  it('would not, with a service more', () => {
    const services = [...installation.services, { ...installation.services[0]!, name: 'novel' }];
    expect(chartFiles({ ...installation, services })['installation.json']).not.toBe(chartFiles()['installation.json']);
  });
});
