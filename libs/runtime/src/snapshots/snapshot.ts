import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompress } from 'node:zlib';
import type { Correlation } from '../commands/stream-state.js';
import { jsonInSlices } from './json-in-slices.js';

/** What a stream had come to at one of its events, as plain data. */
export interface Snapshot {
  stream: string;
  /** Of the aggregate's fold: {@link SnapshotForm.key}. */
  key: string;
  revision: number;
  position: string;
  /** The event at the revision: the log that a snapshot is used with has it there. */
  eventId: string;
  recordedAt: string;
  origin?: Correlation | undefined;
  state: unknown;
  commands: [commandId: string, principal: string, digest: string, revision: number, position: string][];
}

/** More than any board or run comes to; what is larger is folded. */
const MOST_BYTES = 128 * 1024 * 1024;
const FAST = 1;
/** Each chunk is a way to another thread and back. */
const CHUNK_BYTES = 1024 * 1024;
const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** @throws JsonTooLarge */
export async function pack(snapshot: Snapshot): Promise<Buffer> {
  const { ZSTD_c_compressionLevel, ZSTD_c_checksumFlag } = constants;
  const params = { [ZSTD_c_compressionLevel]: FAST, [ZSTD_c_checksumFlag]: 1 };
  return compress(await jsonInSlices(snapshot, MOST_BYTES), { params });
}

/** @throws Error when it is not what was packed, or of something else */
export async function unpack(bytes: Buffer, expected: Pick<Snapshot, 'stream' | 'key' | 'revision'>): Promise<Snapshot> {
  const json = (await decompress(bytes, { maxOutputLength: MOST_BYTES, chunkSize: CHUNK_BYTES })).toString();
  const snapshot = JSON.parse(json) as Snapshot;
  const { stream, key, revision } = snapshot;
  if (stream !== expected.stream || key !== expected.key || revision !== expected.revision)
    throw new Error(`it is one of ${stream} at ${revision}`);
  return snapshot;
}
