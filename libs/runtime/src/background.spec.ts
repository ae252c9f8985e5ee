import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { together } from './background.js';

const never = new AbortController().signal;
const untilAborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

describe('work done side by side', () => {
  it('ends altogether when one part ends, and then nothing of it is left', async () => {
    const ended: string[] = [];
    const slow = async (signal: AbortSignal) => {
      await untilAborted(signal);
      await new Promise((resolve) => setImmediate(resolve));
      ended.push('slow');
    };
    await together(never, slow, async () => void ended.push('quick'));
    expect(ended).toEqual(['quick', 'slow']);
  });

  it('fails with the first failure', async () => {
    const second = async (signal: AbortSignal) => {
      await untilAborted(signal);
      throw new Error('second');
    };
    await expect(together(never, second, () => Promise.reject(new Error('first')))).rejects.toThrow('first');
  });

  it('leaves no rejection unhandled while the rest still ends: that would end the process (fault 5)', async () => {
    const module = new URL('./background.ts', import.meta.url).href;
    const script = `
      import { together } from ${JSON.stringify(module)};
      const slow = (signal) => new Promise((resolve) => signal.addEventListener('abort', () => setTimeout(resolve, 20)));
      const failing = () => Promise.reject(new Error('first'));
      await together(new AbortController().signal, slow, failing).catch(({ message }) => console.log(message));`;
    const node = ['--experimental-transform-types', '--no-warnings', '--input-type=module', '--eval', script];
    const { stdout } = await promisify(execFile)(process.execPath, node, { env: {} });
    expect(stdout).toBe('first\n');
  });
});
