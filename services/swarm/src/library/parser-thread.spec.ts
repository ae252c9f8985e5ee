import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ParserThread, TooMuchToRead } from './parser-thread.js';

const bytes = (source: string) => new TextEncoder().encode(source);
const good = bytes('workflow: w\ntitle: W\ntasks:\n  - { id: a, role: r }\n  - { id: b, role: r, needs: [a] }\n');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agencyos-thread-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A thread that does what its file says: the first byte counts. */
async function entry(body: string): Promise<URL> {
  const path = join(folder, 'thread.mjs');
  const head = `import { parentPort } from 'node:worker_threads';\nparentPort.postMessage('ready');\n`;
  await writeFile(
    path,
    `${head}parentPort.on('message', ([first]) => { ${body}\nparentPort.postMessage({ parsed: first }); });\n`,
  );
  return pathToFileURL(path);
}

describe('the thread that reads workflow files (fault 15)', () => {
  it('gives what was parsed, problems too, one file after another', async () => {
    const thread = new ParserThread();
    const [parsed, again, none, broken] = await Promise.all(
      [good, good, bytes('x'), Uint8Array.of(0xff)].map((file) => thread.parse(file)),
    );
    if (!('definition' in parsed!)) throw new Error(JSON.stringify(parsed));
    expect(parsed.definition.byId.get('b')).toBe(parsed.definition.nodes[1]);
    expect(again).toEqual(parsed);
    expect(none).toMatchObject({ problems: [{ code: 'shape' }] });
    expect(broken).toMatchObject({ problems: [{ code: 'yaml', message: 'the file is not UTF-8' }] });
  });

  it('is ended with a file that takes too long, while this process goes on; the next file finds another thread', async () => {
    const thread = new ParserThread(50, await entry('while (first === 1);'));
    let turns = 0;
    const turning = setInterval(() => turns++, 1);
    await expect(thread.parse(Uint8Array.of(1))).rejects.toThrow(TooMuchToRead);
    clearInterval(turning);
    expect(turns).toBeGreaterThan(0);
    expect(await thread.parse(Uint8Array.of(2))).toBe(2);
  });

  it('is made anew when it has died', async () => {
    const thread = new ParserThread(10_000, await entry('if (first === 1) throw new Error("broken");'));
    await expect(thread.parse(Uint8Array.of(1))).rejects.toThrow('broken');
    expect(await thread.parse(Uint8Array.of(2))).toBe(2);
  });

  it('is made anew when it has ended after the last file, which is not the next one’s fault', async () => {
    const thread = new ParserThread(10_000, await entry('if (first === 1) setImmediate(() => process.exit());'));
    for (let n = 0; n < 20; n++) expect(await thread.parse(Uint8Array.of(1))).toBe(1);
    expect(await thread.parse(Uint8Array.of(2))).toBe(2);
  });
});
