import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Linter } from 'eslint';

const root = dirname(dirname(import.meta.dirname));

/** The file and all that it imports statically: what a Node.js has to read before anything runs. */
function readAtOnce(file: string, seen = new Map<string, string>()): Map<string, string> {
  if (seen.has(file)) return seen;
  const text = readFileSync(file, 'utf8');
  seen.set(file, text);
  for (const [, specifier = ''] of text.matchAll(/^(?:import|export) (?:[^'"]*? from )?['"]([^'"]+)['"];/gm)) {
    if (!specifier.startsWith('.')) throw new Error(`${relative(root, file)} imports ${specifier} at once`);
    readAtOnce(join(dirname(file), specifier), seen);
  }
  return seen;
}

/** What a Node.js 12 could not parse. It has `import()`, which the standard got later. */
function tooNew(text: string): string[] {
  const languageOptions = { ecmaVersion: 2018, sourceType: 'module' } as const;
  const messages = new Linter().verify(text.replaceAll(/\bimport\(/g, 'load('), { languageOptions });
  return messages.map(({ message, line }) => `${line}: ${message}`);
}

describe('the files that are started with whatever Node.js a machine has', () => {
  it.each(['supervisor/bin/start.mjs', 'scripts/test.mjs', 'benchmarks/run.mjs'])(
    '%s: an old one understands it and hears what is wrong',
    (name) => {
      const files = readAtOnce(join(root, name));
      const names = [...files.keys()].map((file) => relative(root, file)).sort();
      expect(names).toEqual([name, 'supervisor/bin/node-version.mjs', 'supervisor/bin/progress.mjs'].sort());
      for (const text of files.values()) expect(tooNew(text)).toEqual([]);
      expect(files.get(join(root, name))).toMatch(/^checkNode\(\);$/m);
    },
  );

  it('would be refused with newer syntax', () => {
    expect(tooNew('const a = b ?? c;')).not.toEqual([]);
    expect(tooNew('export const a = b?.c;')).not.toEqual([]);
  });
});
