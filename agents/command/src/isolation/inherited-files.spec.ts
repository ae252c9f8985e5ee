import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from '@jest/globals';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agencyos-inherited-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Node.js lets go of what comes right behind the standard streams; shells and terminals keep theirs far above. */
const HIGH = 40;
const closing = new URL('../../dist/isolation/inherited-files.js', import.meta.url).href;
/** A worker with a command that reads what whoever started the worker had open. */
const program = `
import { spawnSync } from 'node:child_process';
import { closeInheritedFiles } from ${JSON.stringify(closing)};
if (process.argv[2] === 'close') closeInheritedFiles();
process.stdout.write(spawnSync('cat', ['/proc/self/fd/${HIGH}'], { encoding: 'utf8' }).stdout);`;

async function readByCommand(...argv: string[]): Promise<string> {
  writeFileSync(join(folder, 'secret'), 'secret');
  writeFileSync(join(folder, 'worker.mjs'), program);
  const opened = openSync(join(folder, 'secret'), 'r');
  const stdio: ('ignore' | 'pipe' | number)[] = Array.from({ length: HIGH }, (_, fd) => (fd === 1 ? 'pipe' : 'ignore'));
  const worker = spawn(process.execPath, [join(folder, 'worker.mjs'), ...argv], {
    stdio: [...stdio, opened],
  });
  closeSync(opened);
  return text(worker.stdout!);
}

(process.platform === 'linux' ? it : it.skip)(
  'gives commands nothing that whoever started the worker had open (fault 6)',
  async () => {
    expect(await readByCommand()).toBe('secret');
    expect(await readByCommand('close')).toBe('');
  },
);
