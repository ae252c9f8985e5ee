import type { Content } from '@agencyos/contracts';
import { ContentStore, type StoredContent } from './content-store.js';
import { digestOfBytes } from '../digest.js';
import { checkSize } from './check-size.js';

/** For unit tests. */
export class MemoryContentStore extends ContentStore {
  private readonly entries = new Map<string, StoredContent>();

  async put(bytes: Uint8Array, mediaType: string): Promise<Content> {
    checkSize(bytes);
    const digest = digestOfBytes(bytes);
    if (!this.entries.has(digest)) this.entries.set(digest, { bytes: Uint8Array.from(bytes), mediaType });
    return { digest, bytes: bytes.byteLength, mediaType };
  }

  async get(digest: string): Promise<StoredContent | undefined> {
    return this.entries.get(digest);
  }

  async has(digest: string): Promise<boolean> {
    return this.entries.has(digest);
  }
}
