import { startTestServers, type TestServers } from '@agencyos/testing/servers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import { migrateEventStore } from '../event-store/postgres/schema.js';
import { type ContentStore, ContentTooLarge } from './content-store.js';
import { MemoryContentStore } from './memory-content-store.js';
import { PostgresContentStore } from './postgres-content-store.js';

let servers: TestServers;
let pool: Pool;
beforeAll(async () => {
  servers = await startTestServers({ nats: false });
  pool = new Pool({ connectionString: servers.databaseUrl });
  pool.on('error', () => undefined); // connections that are still closing when the server stops
  await migrateEventStore(pool);
});
afterAll(async () => {
  await pool.end();
  await servers.stop();
});

const adapters: Array<[string, () => ContentStore]> = [
  ['memory', () => new MemoryContentStore()],
  ['postgres', () => new PostgresContentStore(pool)],
];

describe.each(adapters)('the %s content store', (_, open) => {
  it('keeps bytes under their SHA-256', async () => {
    const store = open();
    const bytes = Uint8Array.from({ length: 70_000 }, (_value, n) => n % 251);
    const content = await store.put(bytes, 'application/octet-stream');
    expect(content.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(content).toMatchObject({ bytes: 70_000, mediaType: 'application/octet-stream' });
    const stored = await store.get(content.digest);
    expect(Buffer.compare(stored!.bytes, bytes)).toBe(0);
    expect(stored!.mediaType).toBe('application/octet-stream');
    expect(await store.has(content.digest)).toBe(true);
  });

  it('keeps the same bytes once, however many put them at once', async () => {
    const store = open();
    const bytes = Buffer.from('{"same":true}');
    const contents = await Promise.all(Array.from({ length: 8 }, () => store.put(bytes, 'application/json')));
    expect(new Set(contents.map(({ digest }) => digest)).size).toBe(1);
    expect((await store.put(new Uint8Array(), 'text/plain')).bytes).toBe(0);
  });

  it('does not know what was never put', async () => {
    const digest = `sha256:${'0'.repeat(64)}`;
    expect(await open().get(digest)).toBeUndefined();
    expect(await open().has(digest)).toBe(false);
  });

  it('takes 16 MiB and refuses more', async () => {
    const store = open();
    const largest = new Uint8Array(16 * 1024 * 1024);
    const { digest } = await store.put(largest, 'application/octet-stream');
    expect((await store.get(digest))!.bytes.byteLength).toBe(largest.byteLength);
    const tooLarge = store.put(new Uint8Array(largest.byteLength + 1), 'application/octet-stream');
    await expect(tooLarge).rejects.toThrow(ContentTooLarge);
  });
});

describe('the postgres content store', () => {
  it('hands out nothing that was damaged', async () => {
    const store = new PostgresContentStore(pool);
    const { digest } = await store.put(Buffer.from('before'), 'text/plain');
    await pool.query('UPDATE eventstore.content SET bytes = $1 WHERE digest = $2', [Buffer.from('after'), digest]);
    await expect(store.get(digest)).rejects.toThrow('damaged');
  });
});
