import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readResult } from './result-file.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agencyos-result-'));
  mkdirSync(join(folder, 'attempt', '.agencyos'), { recursive: true });
  path = join(folder, 'attempt', '.agencyos', 'result.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

const outside = () => {
  const file = join(folder, 'secret.json');
  writeFileSync(file, '{"output": "of somebody else"}');
  return file;
};

describe('the result of a command', () => {
  it.each([
    { output: { path: '/x' } },
    { output: null },
    { handoff: { toRole: 'reviewer', reason: 'breaking', context: { a: 1 } } },
    { fault: { code: 'no_commits', message: 'There are no commits.', retryable: false } },
  ])('is read: %j', async (result) => {
    writeFileSync(path, JSON.stringify(result));
    expect(await readResult(path)).toEqual(result);
  });

  it('may be absent', async () => {
    expect(await readResult(path)).toBeUndefined();
  });

  it.each(['', '{', '[]', '{"approved": true}', '{"output": 1, "handoff": null}', '{"fault": {"code": "A b"}}'])(
    'is refused when it is %j',
    async (text) => {
      writeFileSync(path, text);
      await expect(readResult(path)).rejects.toMatchObject({ code: 'result_invalid' });
    },
  );

  it.each([
    [String.raw`{"output": {"a": ["\u0000"]}}`, 'output.a.0 must hold no NUL'],
    [String.raw`{"output": {"\ud83d": 1}}`, 'output.\ufffd must hold no half'],
    [String.raw`{"fault": {"code": "a", "message": "\udc00", "retryable": true}}`, 'fault.message must'],
    ['{"output": 9007199254740993}', 'output must be a number'],
    ['{"handoff": {"toRole": "r", "reason": "x", "context": [1e400]}}', 'handoff.context.0 must'],
    [`{"output": ${'['.repeat(40)}${']'.repeat(40)}}`, 'deeper than 32'],
    ['['.repeat(1_000_000), 'deeper than 32'],
  ])('is refused when it holds what nobody can keep, with the place: %.60s (faults 1, 2 and 3)', async (text, message) => {
    writeFileSync(path, text);
    await expect(readResult(path)).rejects.toMatchObject({
      ...{ code: 'result_invalid', message: expect.stringContaining(message) },
    });
  });

  it('is refused when it is too large, before it is read', async () => {
    const context = 'x'.repeat(17_000);
    writeFileSync(path, JSON.stringify({ handoff: { toRole: 'reviewer', reason: 'long', context } }));
    await expect(readResult(path)).rejects.toMatchObject({ code: 'result_too_large' });
    writeFileSync(path, Buffer.alloc(100 << 20));
    await expect(readResult(path)).rejects.toMatchObject({ code: 'result_too_large' });
  });

  it('is refused when it is a link, a pipe, a folder, or lies elsewhere', async () => {
    const refused = () => expect(readResult(path)).rejects.toMatchObject({ code: 'result_outside' });
    symlinkSync(outside(), path);
    await refused();
    rmSync(path);
    linkSync(outside(), path);
    await refused();
    rmSync(path);
    execFileSync('mkfifo', [path]);
    await refused();
    rmSync(path);
    mkdirSync(path);
    await refused();
    rmSync(path, { recursive: true });
    mkdirSync(join(folder, 'elsewhere'));
    writeFileSync(join(folder, 'elsewhere', 'result.json'), '{"output": 1}');
    renameSync(join(folder, 'attempt', '.agencyos'), join(folder, 'attempt', 'old'));
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'attempt', '.agencyos'));
    await refused();
  });
});
