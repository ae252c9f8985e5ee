import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { commands } from '../src/commands/index.js';

const root = join(import.meta.dirname, '..', '..');
const everywhere = { url: { type: 'string' }, 'data-dir': { type: 'string' }, json: { type: 'boolean' } } as const;
const files = ['README.md', ...globSync(['docs/**/*.md', 'libs/*/README.md', 'examples/*/README.md'], { cwd: root })];
/** What is typed into a shell, wherever it is documented. */
const lines = files.sort().flatMap((file) =>
  [...readFileSync(join(root, file), 'utf8').matchAll(/^```sh\n([^]*?)^```/gm)]
    .flatMap(([, block]) => block!.replaceAll('\\\n', '').split('\n'))
    .map((line) => line.replace(/ +#.*$/, ''))
    .filter((line) => /^(npx )?agencyos /.test(line))
    .map((line) => [file, line] as const),
);
const wordsOf = (line: string) => line.match(/'[^']*'|\S+/g)!.map((word) => word.replaceAll("'", ''));

describe('commands in the documentation', () => {
  it('are many', () => expect(lines.length).toBeGreaterThan(20));

  it.each(lines)('%s: %s', (_file, line) => {
    const [name = '', ...args] = wordsOf(line.replace(/^(npx )?agencyos /, ''));
    const command = commands[name];
    expect([name, command !== undefined]).toEqual([name, true]);
    const { positionals } = parseArgs({ args, options: { ...everywhere, ...command!.options }, allowPositionals: true });
    expect(positionals.length).toBeLessThanOrEqual(command!.words);
  });
});
