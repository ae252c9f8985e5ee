import { createReadStream } from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import { createGunzip, createGzip } from 'node:zlib';
import { Decrypter, Encrypter } from 'age-encryption';

/** For whom a backup is sealed: who knows the passphrase, or has the key of one of these `age1…`. */
export type Seal = { passphrase: string } | { recipients: string[] };
/** What opens one. */
export type Key = { passphrase: string } | { identity: string };

/** The file is not what was written, or the key is not its own; the message names the place. */
export class NotOpened extends Error {
  override readonly name = 'NotOpened';
}

/** Bytes that age seals together, and what the seal adds to them. */
const BLOCK = 64 * 1024;
const SEALED_BLOCK = BLOCK + 16;
const NONCE = 16;
const LONGEST_HEADER = 64 * 1024;

/** @throws Error for recipients that are none */
export function encrypterOf(seal: Seal): Encrypter {
  const encrypter = new Encrypter();
  if ('passphrase' in seal) encrypter.setPassphrase(seal.passphrase);
  else for (const recipient of seal.recipients) encrypter.addRecipient(recipient);
  return encrypter;
}

/** The text compressed and sealed, in the format of age-encryption.org/v1: `age --decrypt FILE | gunzip` shows it, too. */
export async function* sealed(text: AsyncIterable<string>, encrypter: Encrypter): AsyncGenerator<Uint8Array> {
  const packed = createGzip();
  // A failure of the text comes out of what is read.
  pipeline(Readable.from(text), packed, () => undefined);
  yield* await encrypter.encrypt(Readable.toWeb(packed) as ReadableStream<Uint8Array>);
}

/** How to read a sealed file, as often as needed. @throws NotOpened */
export async function opened(path: string, key: Key): Promise<() => AsyncIterable<Buffer>> {
  const header = await headerOf(path);
  const fileKey = await fileKeyOf(path, header, key);
  return () => {
    const packed = createGunzip();
    pipeline(Readable.from(unsealed(path, header.length, fileKey)), packed, () => undefined);
    return packed as AsyncIterable<Buffer>;
  };
}

async function* unsealed(path: string, header: number, fileKey: Uint8Array): AsyncGenerator<Uint8Array> {
  const decrypter = new Decrypter();
  decrypter.addIdentity({ unwrapFileKey: () => fileKey });
  let blocks = 0;
  try {
    const file = Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>;
    for await (const block of await decrypter.decrypt(file)) {
      blocks++;
      yield block;
    }
  } catch {
    const from = header + NONCE + blocks * SEALED_BLOCK;
    throw new NotOpened(
      `${path} was cut or changed between its bytes ${from} and ${from + SEALED_BLOCK}: it is not what was written`,
    );
  }
}

async function headerOf(path: string): Promise<Buffer> {
  const file = await openFile(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(LONGEST_HEADER), 0, LONGEST_HEADER, 0);
    const start = buffer.subarray(0, bytesRead);
    const mac = start.indexOf('\n--- ');
    const end = mac < 0 ? -1 : start.indexOf('\n', mac + 1);
    if (!start.toString('latin1').startsWith('age-encryption.org/') || end < 0)
      throw new NotOpened(`${path} is no backup: its beginning is not that of a sealed file`);
    return start.subarray(0, end + 1);
  } finally {
    await file.close();
  }
}

async function fileKeyOf(path: string, header: Buffer, key: Key): Promise<Uint8Array> {
  const decrypter = new Decrypter();
  if ('passphrase' in key) decrypter.addPassphrase(key.passphrase);
  else decrypter.addIdentity(key.identity);
  try {
    return await decrypter.decryptHeader(header);
  } catch (error) {
    const what = 'passphrase' in key ? 'passphrase' : 'key';
    const why = (error as Error).message.includes('no identity matched')
      ? `is not opened by this ${what}: it is that of another backup, or the file's first ${header.length} bytes were changed`
      : `was changed in its first ${header.length} bytes, the seal: it is not what was written`;
    throw new NotOpened(`${path} ${why}`);
  }
}
