import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { until } from '@agencyos/testing';
import { describe, expect, it } from '@jest/globals';
import { commandsOf, untilNone } from './processes.js';
import { isolationBy } from './isolated.js';

const built = pathToFileURL(join(import.meta.dirname, '../dist/start-command.js')).href;
/** Runs in a thread of its own, and tells what it is told to. */
const thread = (code: string): Worker =>
  new Worker(`const { parentPort } = require('node:worker_threads'); ${code}`, { eval: true });

describe('a thread that is not the main one (fault 6)', () => {
  it('starts no command: neither parent-death signals nor the collecting of children would hold', async () => {
    const worker = thread(`import(${JSON.stringify(built)}).then(({ startCommand }) =>
      startCommand({ argv: ['true'], env: {}, cwd: '/' }, { way: 'none' }, undefined, { diskBytes: 1 }),
    ).then(() => parentPort.postMessage('started'), (error) => parentPort.postMessage(error.message));`);
    expect(await once(worker, 'message')).toEqual(['Commands are started by the main thread alone.']);
    await worker.terminate();
  });
});

const bubblewrap = await isolationBy('bubblewrap');
(bubblewrap ? it : it.skip)(
  'bubblewrap ends a command with the thread that started it, not with the process (fault 6)',
  async () => {
    const [program] = bubblewrap!.commandLine!(['true'], { folder: '/', mounts: [], network: true, uid: undefined });
    const mark = `sleep 95${process.pid}`;
    const argv = ['--unshare-pid', '--die-with-parent', '--as-pid-1', '--dev-bind', '/', '/', '--', ...mark.split(' ')];
    const starts = `require('node:child_process').spawn(${JSON.stringify(program)}, ${JSON.stringify(argv)}, { stdio: 'ignore' })`;
    const worker = thread(`${starts}; parentPort.on('message', () => undefined); parentPort.postMessage('on its way');`);
    await once(worker, 'message');
    await until(() => commandsOf(mark).length > 0);
    await worker.terminate();
    await untilNone(mark);
    // The same from the main thread goes on.
    const child = spawn(program!, argv, { stdio: 'ignore' });
    await until(() => commandsOf(mark).length > 0);
    expect(child.exitCode).toBeNull();
    child.kill('SIGKILL');
    await untilNone(mark);
  },
);
