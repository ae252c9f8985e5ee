import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const contracts = dirname(import.meta.dirname);
const root = dirname(contracts);
const rows = readFileSync(join(contracts, 'README.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .slice(2)
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, word, meaning, code]) => ({ word: word!, meaning: meaning!, code: code! }));

describe('the glossary', () => {
  it('has its words in order, each once', () => {
    const words = rows.map(({ word }) => word);
    expect(words.length).toBeGreaterThan(50);
    expect(words).toEqual([...new Set(words)].sort());
  });

  it.each(rows)('$word stands where it says: $code', ({ code, meaning }) => {
    const places = [...code.matchAll(/`([^` ]+\/[^` ]+)` `(\w+)`/g)];
    expect(places).not.toEqual([]);
    for (const [, file, name] of places) {
      const declared = new RegExp(`^export (?:abstract )?(?:class|const|function|interface|type) ${name}\\b`, 'm');
      expect(readFileSync(join(root, file!), 'utf8')).toMatch(declared);
    }
    const others = [...meaning.matchAll(/_([a-z ]+)_/g)].map(([, word]) => word);
    for (const word of others) expect(rows.map((row) => row.word)).toContain(word);
  });
});
