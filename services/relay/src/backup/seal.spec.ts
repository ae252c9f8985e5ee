import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { encrypterOf, type Key, NotOpened, opened, type Seal, sealed } from './seal.js';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agencyos-seal-'));
  file = join(folder, 'sealed');
});
afterEach(() => rm(folder, { recursive: true }));

/** Several blocks, however well they are compressed. */
const plain = randomBytes(150_000).toString('base64');

async function seal(words: string, by: Seal): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  const pieces = async function* () {
    for (let at = 0; at < words.length; at += 10_000) yield words.slice(at, at + 10_000);
  };
  for await (const part of sealed(pieces(), encrypterOf(by))) parts.push(part);
  const bytes = Buffer.concat(parts);
  await writeFile(file, bytes);
  return bytes;
}

const read = async (key: Key) => text((await opened(file, key))());

async function keys(): Promise<{ identity: string; recipient: string }> {
  const identity = await generateX25519Identity();
  return { identity, recipient: await identityToRecipient(identity) };
}

describe('a sealed file', () => {
  it('is opened by the key of each recipient, and by no other', async () => {
    const [one, other, stranger] = [await keys(), await keys(), await keys()];
    await seal(plain, { recipients: [one.recipient, other.recipient] });
    for (const { identity } of [one, other]) expect(await read({ identity })).toBe(plain);
    await expect(read({ identity: stranger.identity })).rejects.toThrow('is not opened by this key');
  });

  it('is opened by its passphrase alone', async () => {
    await seal('short', { passphrase: 'only for this test' });
    expect(await read({ passphrase: 'only for this test' })).toBe('short');
    await expect(read({ passphrase: 'only for that test' })).rejects.toThrow('is not opened by this passphrase');
  });

  it('of which any byte was changed is refused, with the place', async () => {
    const { identity, recipient } = await keys();
    const bytes = await seal(plain, { recipients: [recipient] });
    const header = bytes.indexOf('\n', bytes.indexOf('\n--- ') + 1) + 1;
    const places = [0, 30, header - 10, header, header + 15, header + 16, header + 70_000, bytes.length - 20, bytes.length - 1];
    for (const place of places) {
      const changed = Buffer.from(bytes);
      changed[place]! ^= 1;
      await writeFile(file, changed);
      const failure = (await read({ identity }).catch((error: unknown) => error)) as Error;
      expect([place, failure.name]).toEqual([place, 'NotOpened']);
      const [from, to] = /between its bytes (\d+) and (\d+)/.exec(failure.message)?.slice(1).map(Number) ?? [0, header];
      expect([place, place >= from! || place < header + 16, place < to!]).toEqual([place, true, true]);
    }
    expect((await readFile(file)).length).toBe(bytes.length);
  });

  it('that was cut, had blocks moved or something added is refused', async () => {
    const { identity, recipient } = await keys();
    const bytes = await seal(plain, { recipients: [recipient] });
    const start = bytes.indexOf('\n', bytes.indexOf('\n--- ') + 1) + 1 + 16;
    const block = 64 * 1024 + 16;
    const swapped = Buffer.concat([
      bytes.subarray(0, start),
      bytes.subarray(start + block, start + 2 * block),
      bytes.subarray(start, start + block),
      bytes.subarray(start + 2 * block),
    ]);
    const broken = [
      bytes.subarray(0, start + block),
      bytes.subarray(0, bytes.length - 1),
      bytes.subarray(0, 40),
      swapped,
      Buffer.concat([bytes, Buffer.of(0)]),
    ];
    for (const some of broken) {
      await writeFile(file, some);
      await expect(read({ identity })).rejects.toThrow(NotOpened);
    }
    await writeFile(file, 'something else');
    await expect(read({ identity })).rejects.toThrow('is no backup');
    expect(await text(createReadStream(file))).toBe('something else');
  });

  it('of which only the beginning is wanted is read no further', async () => {
    const { identity, recipient } = await keys();
    await seal(plain, { recipients: [recipient] });
    const open = await opened(file, { identity });
    for await (const part of open()) {
      expect(plain.startsWith(part.toString())).toBe(true);
      break;
    }
    expect(await text(open())).toBe(plain);
  });

  it('carries on a failure of what is sealed', async () => {
    const { recipient } = await keys();
    const failing = async function* () {
      yield 'a';
      throw new Error('the database is away');
    };
    const all = async () => {
      for await (const _ of sealed(failing(), encrypterOf({ recipients: [recipient] })));
    };
    await expect(all()).rejects.toThrow('the database is away');
  });
});
