import { inflateRawSync } from 'node:zlib';

const END = 0x06054b50;
const STORED = 0;

/**
 * @param {Buffer} zip an archive below 4 GB, as npm packages hold
 * @returns {(name: string) => Buffer} what the entry of that name holds
 */
export function readZip(zip) {
  let end = zip.length - 22;
  while (end >= 0 && zip.readUInt32LE(end) !== END) end -= 1;
  if (end < 0) throw new Error('This is no zip archive.');
  const entries = new Map();
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const [nameLength, extra, comment] = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset));
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength);
    const [method, size, start] = [zip.readUInt16LE(at + 10), zip.readUInt32LE(at + 20), zip.readUInt32LE(at + 42)];
    entries.set(name, { method, size, start });
    at += 46 + nameLength + extra + comment;
  }
  return (name) => {
    const entry = entries.get(name);
    if (!entry) throw new Error(`The archive has no ${name}: ${[...entries.keys()].join(', ')}.`);
    const { method, size, start } = entry;
    const from = start + 30 + zip.readUInt16LE(start + 26) + zip.readUInt16LE(start + 28);
    const bytes = zip.subarray(from, from + size);
    return method === STORED ? bytes : inflateRawSync(bytes);
  };
}
