import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const docs = join(dirname(dirname(import.meta.dirname)), 'docs');
const inputs = [...readFileSync(join(docs, 'bad-input.md'), 'utf8').matchAll(/^(?:\| +|- )(\d+)\b.*/gm)].map(
  ([line, number]): [number: number, line: string] => [Number(number), line],
);

describe('docs/bad-input.md', () => {
  it('has every number, each once', () => {
    const numbers = inputs.map(([number]) => number).sort((a, b) => a - b);
    expect(numbers).toEqual(Array.from({ length: 46 }, (_, n) => n + 1));
  });

  it.each(inputs)('%d is shown by tests that there are', (_, line) => {
    const tests = [...line.matchAll(/\]\(([^)]+\.spec\.ts)\) `([^`]+)`/g)];
    expect(tests).not.toEqual([]);
    for (const [, file, title] of tests) expect(readFileSync(join(docs, file!), 'utf8')).toContain(title);
  });
});
