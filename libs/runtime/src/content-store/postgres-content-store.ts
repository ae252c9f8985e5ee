import type { Content } from '@agencyos/contracts';
import type { Pool } from 'pg';
import { ContentStore, type StoredContent } from './content-store.js';
import { digestOfBytes } from '../digest.js';
import { checkSize } from './check-size.js';

/** Table `eventstore.content`; `migrateEventStore` creates it. */
export class PostgresContentStore extends ContentStore {
  constructor(private readonly pool: Pool) {
    super();
  }

  async put(bytes: Uint8Array, mediaType: string): Promise<Content> {
    checkSize(bytes);
    const digest = digestOfBytes(bytes);
    if (!(await this.has(digest))) {
      await this.pool.query(
        `INSERT INTO eventstore.content (digest, bytes, media_type) VALUES ($1, $2, $3)
        ON CONFLICT (digest) DO UPDATE SET stored_at = now()`,
        [digest, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), mediaType],
      );
    }
    return { digest, bytes: bytes.byteLength, mediaType };
  }

  async get(digest: string): Promise<StoredContent | undefined> {
    const { rows } = await this.pool.query<{ bytes: Buffer; media_type: string }>(
      'SELECT bytes, media_type FROM eventstore.content WHERE digest = $1',
      [digest],
    );
    const [row] = rows;
    if (!row) return undefined;
    if (digestOfBytes(row.bytes) !== digest) throw new Error(`content ${digest} is damaged`);
    return { bytes: row.bytes, mediaType: row.media_type };
  }

  async has(digest: string): Promise<boolean> {
    const { rowCount } = await this.pool.query('UPDATE eventstore.content SET stored_at = now() WHERE digest = $1', [digest]);
    return rowCount === 1;
  }
}
