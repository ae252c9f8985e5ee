import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';

it('a process ends itself when its work is done, though a thread of its pool is busy for ever (fault 23)', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'agencyos-end-'));
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const module = new URL('./end-process.ts', import.meta.url).href;
  // Opened for reading, the pipe keeps a thread until somebody writes: nobody does.
  const script = `
    import { open } from 'node:fs';
    import { endProcess } from ${JSON.stringify(module)};
    open(${JSON.stringify(pipe)}, 'r', () => undefined);
    setTimeout(() => (console.log('done'), endProcess(0)), 100);`;
  const child = spawn(
    process.execPath,
    ['--experimental-transform-types', '--no-warnings', '--input-type=module', '--eval', script],
    {
      env: { AGENCYOS_SUPERVISED: '1' },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await once(child, 'close');
  expect(said).toBe('done\n');
  rmSync(folder, { recursive: true });
});
