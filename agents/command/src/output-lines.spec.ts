import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { OutputLines } from './output-lines.js';

function linesOf(...chunks: (string | Uint8Array)[]): string[] {
  const lines: string[] = [];
  const source = new OutputLines((line) => lines.push(line)).source();
  for (const chunk of chunks) source.write(typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk);
  source.end();
  return lines;
}

describe('output of a command', () => {
  it('is cut into lines wherever the chunks end', () => {
    expect(linesOf('a\nb', 'c\n\nd')).toEqual(['a', 'bc', '', 'd']);
    expect(linesOf('a\r\nb\r', '\nc\r10%\r20%\n')).toEqual(['a', 'b', 'c', '10%', '20%']);
  });

  it('may split a character over chunks or be no text at all', () => {
    const rocket = new TextEncoder().encode('🚀\n');
    expect(linesOf(rocket.slice(0, 2), rocket.slice(2))).toEqual(['🚀']);
    expect(linesOf(Uint8Array.of(0xff, 0x41, 0xc3))).toEqual(['\ufffdA\ufffd']);
  });

  it('keeps a bounded part of an endless line, counts and hashes all of it', () => {
    let longest = 0;
    const output = new OutputLines((line) => (longest = Math.max(longest, line.length)));
    const source = output.source();
    const chunk = new Uint8Array(1 << 20).fill(0x78);
    const hash = createHash('sha256');
    for (let n = 0; n < 100; n++) {
      source.write(chunk);
      hash.update(chunk);
    }
    source.end();
    expect(output.bytes).toBe(100 << 20);
    expect(longest).toBeLessThanOrEqual(8_000);
    expect(output.digest()).toBe(`sha256:${hash.digest('hex')}`);
  });
});
