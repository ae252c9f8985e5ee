import { isDeepStrictEqual } from 'node:util';
import type { Pool } from 'pg';
import type { EventStore, RecordedEvent } from '../event-store/event-store.js';
import type { TransferProgress } from './export-log.js';
import type { EventRuns } from './event-runs.js';
import type { EventLine, Line } from './transfer-line.js';

/** The log or the database into which it is to go is not free for it. */
export class TargetTaken extends Error {
  override readonly name = 'TargetTaken';
}

interface LogTarget {
  store: EventStore;
  pool: Pool;
  report?(progress: TransferProgress): void;
}

type ContentLine = Extract<Line, { kind: 'content' }>;

/**
 * Writes the events and contents of a file into a log that is empty, or that holds the beginning of the same file.
 * @param lines of any kinds; those of these two look alike in every file
 * @throws TargetTaken
 */
export async function writeLog(
  lines: AsyncIterable<{ kind: string }>,
  runs: EventRuns,
  { store, pool, report }: LogTarget,
): Promise<TransferProgress> {
  const present = presentEvents(store);
  let next = await present.next();
  let [events, contents] = [0, 0];
  for await (const any of lines) {
    const line = any as EventLine | ContentLine | { kind: 'another' };
    if (line.kind === 'content') {
      contents++;
      await putContent(pool, line);
    }
    if (line.kind !== 'event') continue;
    events++;
    if (next.done) {
      await runs.add(line);
    } else {
      assertSame(line, next.value);
      runs.skip(line, next.value.position);
      next = await present.next();
    }
    if (events % 1_000 === 0) report?.({ events, contents });
  }
  if (!next.done) throw new TargetTaken('the log has events that the file has not');
  await runs.flush();
  return { events, contents };
}

async function* presentEvents(store: EventStore): AsyncGenerator<RecordedEvent, undefined> {
  for (let position = 0n; ;) {
    const page = await store.readAll(position, { limit: 1_000 });
    yield* page.events;
    if (page.events.length < 1_000) return undefined;
    position = page.position;
  }
}

function assertSame({ kind: _kind, position: _at, ...line }: EventLine, event: RecordedEvent): void {
  const { position: _position, ...recorded } = event;
  if (isDeepStrictEqual(JSON.parse(JSON.stringify(recorded)), line)) return;
  throw new TargetTaken(
    `the log is not empty: its event ${event.stream}@${event.revision} is not the one of the file. Import into an empty log`,
  );
}

async function putContent(pool: Pool, { digest, mediaType, base64 }: ContentLine): Promise<void> {
  await pool.query('INSERT INTO eventstore.content (digest, bytes, media_type) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', [
    digest,
    Buffer.from(base64, 'base64'),
    mediaType,
  ]);
}
