/** One part of a folder; paths are relative to it, with slashes. */
export type TarEntry =
  | { path: string; kind: 'folder' }
  | { path: string; kind: 'file'; bytes: Uint8Array; executable: boolean }
  | { path: string; kind: 'link'; target: string };

const block = 512;
const nameBytes = 100;
const kinds = { file: '0', link: '2', folder: '5', extended: 'x' } as const;

/**
 * A POSIX archive that any `tar` unpacks. The same entries are the same bytes, whoever archives them, wherever and
 * whenever: sorted, without owners and times, and of the rights only whether a file can be executed.
 */
export function writeTar(entries: readonly TarEntry[]): Buffer {
  const sorted = [...entries].sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
  return Buffer.concat([...sorted.flatMap(parts), Buffer.alloc(2 * block)]);
}

/** What an entry takes in the archive, without the content of a file. */
export const headerBytes = (entry: TarEntry): number =>
  parts(entry.kind === 'file' ? { ...entry, bytes: new Uint8Array() } : entry).reduce((sum, { length }) => sum + length, 0);

/** @throws Error when it is damaged, or holds what {@link writeTar} never writes */
export function readTar(archive: Uint8Array): TarEntry[] {
  const bytes = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength);
  const entries: TarEntry[] = [];
  let long: { path?: string; linkpath?: string } = {};
  for (let at = 0; at + block <= bytes.length;) {
    const head = bytes.subarray(at, at + block);
    if (head.every((byte) => byte === 0)) return entries;
    if (checksum(head) !== octal(head, 148, 8)) throw new Error('the archive is damaged');
    const size = octal(head, 124, 12);
    const content = bytes.subarray(at + block, at + block + size);
    if (content.length !== size) throw new Error('the archive is cut off');
    at += block + padded(size);
    const kind = String.fromCharCode(head[156]!);
    if (kind === kinds.extended) {
      long = records(content);
      continue;
    }
    const path = (long.path ?? text(head, 0, nameBytes)).replace(/\/$/, '');
    if (kind === kinds.folder) entries.push({ path, kind: 'folder' });
    else if (kind === kinds.link) entries.push({ path, kind: 'link', target: long.linkpath ?? text(head, 157, nameBytes) });
    else if (kind === kinds.file)
      entries.push({ path, kind: 'file', bytes: content, executable: (octal(head, 100, 8) & 0o100) !== 0 });
    else throw new Error(`the archive holds an entry of kind "${kind}"`);
    long = {};
  }
  throw new Error('the archive has no end');
}

function parts(entry: TarEntry): Buffer[] {
  const path = entry.kind === 'folder' ? `${entry.path}/` : entry.path;
  const target = entry.kind === 'link' ? entry.target : '';
  const content = entry.kind === 'file' ? Buffer.from(entry.bytes) : Buffer.alloc(0);
  const mode = entry.kind === 'file' && !entry.executable ? 0o644 : 0o755;
  const long = [
    ...(Buffer.byteLength(path) > nameBytes ? [record('path', path)] : []),
    ...(Buffer.byteLength(target) > nameBytes ? [record('linkpath', target)] : []),
  ].join('');
  const extended =
    long === '' ? [] : [header('extended', 'extended', '', 0o644, Buffer.byteLength(long)), filled(Buffer.from(long))];
  return [...extended, header(entry.kind, path, target, mode, content.length), filled(content)];
}

function header(kind: keyof typeof kinds, path: string, target: string, mode: number, size: number): Buffer {
  const head = Buffer.alloc(block);
  Buffer.from(path).copy(head, 0, 0, nameBytes);
  head.write(digits(mode, 7), 100);
  head.write(digits(0, 7), 108); // owner
  head.write(digits(0, 7), 116); // group
  head.write(digits(size, 11), 124);
  head.write(digits(0, 11), 136); // time
  head.write(kinds[kind], 156);
  Buffer.from(target).copy(head, 157, 0, nameBytes);
  head.write('ustar\0' + '00', 257, 'latin1');
  head.write(`${digits(checksum(head), 6)}\0 `, 148, 'latin1');
  return head;
}

/** `<length of all of it> <key>=<value>\n` */
function record(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}

function records(content: Buffer): Record<string, string> {
  const found: Record<string, string> = {};
  for (let at = 0; at < content.length;) {
    const length = Number.parseInt(content.subarray(at, at + 8).toString('latin1'), 10);
    const line = content.subarray(at, at + length).toString('utf8');
    const match = /^\d+ (path|linkpath)=([^\n]*)\n$/.exec(line);
    if (!match) throw new Error('the archive has names that cannot be read');
    found[match[1]!] = match[2]!;
    at += length;
  }
  return found;
}

/** Sum of all bytes, those of the sum itself taken as spaces. */
const checksum = (head: Buffer): number => head.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0);

const padded = (size: number): number => Math.ceil(size / block) * block;
const filled = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc(padded(bytes.length) - bytes.length)]);
const digits = (value: number, count: number): string => value.toString(8).padStart(count, '0');
const octal = (head: Buffer, at: number, length: number): number => Number.parseInt(text(head, at, length).trim() || '0', 8);
const text = (head: Buffer, at: number, length: number): string => {
  const end = head.indexOf(0, at);
  return head.toString('utf8', at, end === -1 ? at + length : Math.min(end, at + length));
};
