import type { Pool } from 'pg';
import { bindLog } from '../event-store/bound-log.js';
import type { EventStore } from '../event-store/event-store.js';
import { installationId } from '../event-store/postgres/schema.js';
import { readServiceState } from './service-state.js';
import { TransferWriter } from './transfer-file.js';
import { BrokenExport, type Line } from './transfer-line.js';

const PAGE = 1_000;

export interface TransferProgress {
  events: number;
  contents: number;
}

/**
 * Writes the whole log, the stored contents and how far each service has come to a file. Continues a file that is
 * there already, whether it was interrupted or events have come since.
 * @throws BrokenExport when that file is damaged or of another log, WrongLog when the installation's log is elsewhere
 */
export async function exportLog(
  path: string,
  { store, pool, report }: { store: EventStore; pool: Pool; report?(progress: TransferProgress): void },
): Promise<TransferProgress> {
  await bindLog(pool, store);
  const head: Line = {
    kind: 'log',
    version: 1,
    identity: await store.identity(),
    installationId: await installationId(pool),
  };
  let position = 0n;
  let events = 0;
  const digests = new Set<string>();
  let present: Line | undefined;
  const file = await TransferWriter.open(path, (line) => {
    if (line.kind === 'log') present = line;
    if (line.kind === 'event') [position, events] = [BigInt(line.position), events + 1];
    if (line.kind === 'content') digests.add(line.digest);
  });
  try {
    if (!present) await file.write(head);
    else if (JSON.stringify(present) !== JSON.stringify(head)) throw new BrokenExport('the file is of another log');
    // Before the events: nobody has come further than the events that follow.
    const state = await readServiceState(pool);
    for (;;) {
      const page = await store.readAll(position, { limit: PAGE });
      for (const event of page.events) {
        await file.write({ kind: 'event', ...event, position: String(event.position) });
      }
      events += page.events.length;
      position = page.events.at(-1)?.position ?? position;
      report?.({ events, contents: digests.size });
      if (page.events.length < PAGE) break;
    }
    await writeContents(file, pool, digests);
    await file.write({ kind: 'states' });
    for (const row of state) await file.write({ kind: 'state', ...row });
    await file.write({ kind: 'end', events, contents: digests.size });
    return { events, contents: digests.size };
  } finally {
    await file.close();
  }
}

async function writeContents(file: TransferWriter, pool: Pool, written: Set<string>): Promise<void> {
  const { rows } = await pool.query<{ digest: string }>('SELECT digest FROM eventstore.content ORDER BY digest');
  for (const { digest } of rows.filter((row) => !written.has(row.digest))) {
    const found = await pool.query<{ bytes: Buffer; media_type: string }>(
      'SELECT bytes, media_type FROM eventstore.content WHERE digest = $1',
      [digest],
    );
    const [row] = found.rows;
    if (!row) continue; // deleted meanwhile, as no event names it
    await file.write({ kind: 'content', digest, mediaType: row.media_type, base64: row.bytes.toString('base64') });
    written.add(digest);
  }
}
