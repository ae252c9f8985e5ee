import { constants } from 'node:fs';
import { lstat, open, readdir, readlink } from 'node:fs/promises';
import { extname, join, posix } from 'node:path';
import { FOLDER_MEDIA_TYPE, LIMITS, type Content } from '@agencyos/contracts';
import type { ContentClient } from '@agencyos/agent';
import { FileRefused } from './file-refused.js';
import { headerBytes, writeTar, type TarEntry } from './tar.js';

export interface ProduceSettings {
  store: Pick<ContentClient, 'put'>;
  signal: AbortSignal;
  log(line: string): void;
}

/** A folder of many small files takes long to read, and nobody looks through more. */
const maxEntries = 20_000;
const endBytes = 1_024;

const mediaTypes: Record<string, string> = {
  ...{ '.txt': 'text/plain', '.log': 'text/plain', '.md': 'text/markdown', '.csv': 'text/csv' },
  ...{ '.json': 'application/json', '.pdf': 'application/pdf', '.zip': 'application/zip' },
  ...{ '.png': 'image/png', '.jpg': 'image/jpeg', '.jpeg': 'image/jpeg', '.webp': 'image/webp' },
};

export interface ProducedFile {
  name: string;
  mediaType: string;
  bytes: Uint8Array;
}

/**
 * Reads what a command was to produce, by name: everything before anything is stored, so that a fault of one leaves none
 * behind.
 *
 * @param produces name, and path in the workspace
 * @throws FileRefused, which names the file
 */
export async function readAllProduced(produces: Readonly<Record<string, string>>, workspace: string): Promise<ProducedFile[]> {
  const read: ProducedFile[] = [];
  let total = 0;
  for (const [name, path] of Object.entries(produces)) {
    const file = await readProduced(name, path, workspace);
    total += file.bytes.length;
    if (total > LIMITS.attemptFilesBytes)
      throw tooLarge(`With "${name}" the files of this attempt`, total, LIMITS.attemptFilesBytes);
    read.push({ name, ...file });
  }
  return read;
}

/** @throws NotStored; the signal's reason once it is aborted */
export async function storeProduced(read: readonly ProducedFile[], { store, signal, log }: ProduceSettings): Promise<Content[]> {
  const contents: Content[] = [];
  for (const { name, mediaType, bytes } of read) {
    const content = await store.put(bytes, mediaType, signal);
    log(`[produced ${name}: ${content.bytes} bytes, ${content.digest}]`);
    contents.push({ ...content, name });
  }
  return contents;
}

async function readProduced(name: string, path: string, workspace: string): Promise<{ mediaType: string; bytes: Uint8Array }> {
  const place = join(workspace, path);
  const found = await statInside(name, path, workspace);
  if (found.isFile()) {
    const bytes = await readFile(name, place, LIMITS.contentBytes);
    return { mediaType: mediaTypes[extname(path).toLowerCase()] ?? 'application/octet-stream', bytes };
  }
  if (!found.isDirectory()) throw new FileRefused('produced_outside', `"${name}": ${path} is neither a file nor a folder.`);
  return { mediaType: FOLDER_MEDIA_TYPE, bytes: writeTar(await new Folder(name, place).entries()) };
}

/** Nothing on the way to it may be a link: that could lead anywhere. */
async function statInside(name: string, path: string, workspace: string) {
  let place = workspace;
  let found = await lstat(workspace);
  for (const part of path.split('/')) {
    if (part === '..' || !found.isDirectory()) throw missing(name, path);
    place = join(place, part);
    found = await lstat(place).catch(() => {
      throw missing(name, path);
    });
    if (found.isSymbolicLink()) throw new FileRefused('produced_outside', `"${name}": ${path} is a link, or lies behind one.`);
  }
  return found;
}

/** What a folder holds, as far as it fits. */
class Folder {
  private readonly found: TarEntry[] = [];
  private bytes = endBytes;

  constructor(
    private readonly name: string,
    private readonly root: string,
  ) {}

  async entries(): Promise<TarEntry[]> {
    await this.walk('');
    return this.found;
  }

  private async walk(folder: string): Promise<void> {
    for (const entry of await readdir(join(this.root, folder), { withFileTypes: true })) {
      const path = posix.join(folder, entry.name);
      const place = join(this.root, path);
      if (entry.isDirectory()) {
        this.add({ path, kind: 'folder' });
        await this.walk(path);
      } else if (entry.isSymbolicLink()) {
        this.add({ path, kind: 'link', target: await this.targetOf(path) });
      } else if (entry.isFile()) {
        const { mode } = await lstat(place);
        const bytes = await readFile(this.name, place, LIMITS.contentBytes - this.bytes);
        this.add({ path, kind: 'file', bytes, executable: (mode & 0o100) !== 0 });
      } else {
        throw new FileRefused('produced_outside', `"${this.name}": ${path} is neither a file nor a folder.`);
      }
    }
  }

  private async targetOf(path: string): Promise<string> {
    const target = await readlink(join(this.root, path));
    if (staysInside(path, target)) return target;
    throw new FileRefused('produced_outside', `"${this.name}": ${path} is a link that leads out of the folder.`);
  }

  private add(entry: TarEntry): void {
    const content = entry.kind === 'file' ? Math.ceil(entry.bytes.length / 512) * 512 : 0;
    this.bytes += headerBytes(entry) + content;
    if (this.bytes > LIMITS.contentBytes) throw tooLarge(`"${this.name}"`, this.bytes, LIMITS.contentBytes);
    this.found.push(entry);
    if (this.found.length > maxEntries)
      throw new FileRefused('produced_too_large', `"${this.name}" holds more than ${maxEntries} files and folders.`);
  }
}

/** Of a relative link without `..` behind a name: then no other link on its way can lead it further out. */
export function staysInside(path: string, target: string): boolean {
  const parts = target.split('/').filter((part) => part !== '' && part !== '.');
  const name = parts.findIndex((part) => part !== '..');
  const up = name === -1 ? parts.length : name;
  const depth = path.split('/').length - 1;
  return target !== '' && !posix.isAbsolute(target) && up <= depth && !parts.slice(up).includes('..');
}

/** A regular file of at most `limit` bytes, whatever it is replaced by meanwhile. */
async function readFile(name: string, place: string, limit: number): Promise<Uint8Array> {
  const file = await open(place, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const found = await file.stat();
    if (!found.isFile()) throw new FileRefused('produced_outside', `"${name}" is no regular file any more.`);
    if (found.size > limit) throw tooLarge(`"${name}"`, LIMITS.contentBytes - limit + found.size, LIMITS.contentBytes);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

const missing = (name: string, path: string): FileRefused =>
  new FileRefused('produced_missing', `"${name}": the command has left nothing at ${path}.`);
const tooLarge = (what: string, bytes: number, limit: number): FileRefused =>
  new FileRefused('produced_too_large', `${what} would take ${bytes} bytes or more; at most ${limit} are kept.`);
