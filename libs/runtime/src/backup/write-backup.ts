import type { Pool, PoolClient } from 'pg';
import { bindLog } from '../event-store/bound-log.js';
import type { EventStore } from '../event-store/event-store.js';
import { installationId } from '../event-store/postgres/schema.js';
import { BACKUP_VERSION, backupChain, type BackupCounts, type BackupLine, type FileLine } from './backup-line.js';
import { keptTables, readRows, type Query } from './service-tables.js';
import { viewsOf } from './view-digests.js';

const PAGE = 500;

export interface BackupSource {
  store: EventStore;
  pool: Pool;
  /** Of the data folder: keys, and what people wrote there. */
  files: readonly Omit<FileLine, 'kind'>[];
  /** Of this program. */
  release: string;
  report?(counts: BackupCounts): void;
}

/** A backup that was made, whose text has been read to its end. */
export interface BackupMade extends BackupCounts {
  madeAt: string;
  position: string;
  /** SHA-256 over every line: that of the same backup is the same. */
  digest: string;
}

/**
 * The text of a backup, while the installation runs. Rows and the digests of views are of one moment, the events go at
 * least so far, and a content is stored before an event names it: so nothing in it refers to what is not in it.
 * @param made told once the last piece was taken
 * @throws WrongLog when the installation's log is elsewhere
 */
export async function* backupText(source: BackupSource, made: (backup: BackupMade) => void): AsyncGenerator<string> {
  const chain = backupChain();
  const madeAt = new Date().toISOString();
  const counts: BackupCounts = { events: 0, contents: 0, rows: 0, files: 0 };
  let position = '';
  for await (const line of linesOf(source, madeAt, counts)) {
    if (line.kind === 'backup') position = line.position;
    yield `${chain.write(line)}\n`;
  }
  made({ ...counts, madeAt, position, digest: `sha256:${chain.digest}` });
}

async function* linesOf(source: BackupSource, madeAt: string, counts: BackupCounts): AsyncGenerator<BackupLine> {
  const { store, pool, files, release, report } = source;
  await bindLog(pool, store);
  const client = await pool.connect();
  let head: bigint;
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await client.query('SELECT 1'); // from here on it sees this moment
    head = await store.head();
    const identity = { installationId: await installationId(pool), log: await store.identity() };
    yield { kind: 'backup', version: BACKUP_VERSION, release, madeAt, ...identity, position: String(head) };
    for (const file of files) {
      counts.files++;
      yield { kind: 'file', ...file };
    }
    yield* stateLines(queryOf(client), counts);
    await client.query('COMMIT');
  } finally {
    client.release(true);
  }
  for (let position = 0n; position < head; report?.(counts)) {
    const page = await store.readAll(position, { limit: PAGE });
    for (const event of page.events) {
      if (event.position > head) break;
      counts.events++;
      yield { kind: 'event', ...event, position: String(event.position) };
    }
    if (page.position <= position) break;
    position = page.position;
  }
  yield* contentLines(pool, counts);
  yield { kind: 'end', ...counts };
}

async function* stateLines(query: Query, counts: BackupCounts): AsyncGenerator<BackupLine> {
  yield* viewsOf(query);
  for (const table of await keptTables(query)) {
    for await (const row of readRows(query, table)) {
      counts.rows++;
      yield { kind: 'row', ...table, row };
    }
  }
}

async function* contentLines(pool: Pool, counts: BackupCounts): AsyncGenerator<BackupLine> {
  const { rows } = await pool.query<{ digest: string }>('SELECT digest FROM eventstore.content ORDER BY digest');
  for (const { digest } of rows) {
    const found = await pool.query<{ bytes: Buffer; media_type: string }>(
      'SELECT bytes, media_type FROM eventstore.content WHERE digest = $1',
      [digest],
    );
    const [row] = found.rows;
    if (!row) continue; // deleted meanwhile, as no event names it
    counts.contents++;
    yield { kind: 'content', digest, mediaType: row.media_type, base64: row.bytes.toString('base64') };
  }
}

export const queryOf =
  (client: Pick<PoolClient, 'query'>): Query =>
  async <T>(sql: string, values: unknown[] = []) =>
    (await client.query(sql, values)).rows as T[];
