import { createHash } from 'node:crypto';
import type { Content } from '@agencyos/contracts';
import { NotReadable } from '@agencyos/agent';

/** The content store as a worker sees it, in memory. */
export class MemoryStore {
  readonly contents = new Map<string, Uint8Array>();

  async put(given: string | Uint8Array, mediaType: string): Promise<Content> {
    const bytes = Buffer.from(given);
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    this.contents.set(digest, bytes);
    return { digest, bytes: bytes.length, mediaType };
  }

  async get(digest: string): Promise<Uint8Array> {
    const bytes = this.contents.get(digest);
    if (!bytes) throw new NotReadable(`${digest} cannot be read: there is no such content.`);
    return bytes;
  }
}
