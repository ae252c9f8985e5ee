import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { untilEmpty } from './processes.js';

const built = new URL('../dist/start-command.js', import.meta.url).href;

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'agencyos-start-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A process that starts this command and is killed before anybody could be told of it; tells the command's group. */
function killedAtStart(argv: string[]): number {
  const program = `import(${JSON.stringify(built)}).then(({ startCommand }) => {
    const command = { argv: ${JSON.stringify(argv)}, env: { PATH: process.env.PATH }, cwd: ${JSON.stringify(folder)} };
    const { child } = startCommand(command, { way: 'none' }, undefined, { diskBytes: 1 << 20 });
    require('node:fs').writeSync(1, String(child.pid));
    process.kill(process.pid, 'SIGKILL');
  })`;
  const { stdout, signal } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' });
  expect(signal).toBe('SIGKILL');
  return Number(stdout);
}

describe('a worker that is killed while it starts a command', () => {
  it('leaves nothing of it behind, and it has not begun', async () => {
    const group = killedAtStart(['sh', '-c', 'echo begun >begun; exec sleep 1000']);
    await untilEmpty(group);
    expect(existsSync(join(folder, 'begun'))).toBe(false);
  });
});
