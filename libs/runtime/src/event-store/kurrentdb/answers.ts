import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { StoredAnswer } from '../event-store.js';
import { rememberAnswers, storedAnswers } from '../postgres/append-group.js';
import { RecentMap } from '../../recent-map.js';
import { plainArray } from '../postgres/plain-array.js';

/** At least so many. */
const REMEMBERED = 20_000;
const WRITE_ROWS = 1_000;
const RETRY_MS = 250;
/** Rows gather so long: who asks in the meantime is in this process, or folds the stream. */
const GATHER_MS = 50;

/**
 * What commands were answered, in table `eventstore.answers` of PostgreSQL: KurrentDB has no place for it that
 * can be asked by command. Rows are written behind the append: the events carry their command's id and digest,
 * so a row that a crash swallowed is made good by whoever folds the stream.
 */
export class Answers {
  /** The last ones of this process: they are known before their rows are written. */
  private readonly remembered = new RecentMap<string, StoredAnswer>(2 * REMEMBERED);
  private unwritten: StoredAnswer[] = [];
  private writing?: Promise<void>;
  private readonly closing = new AbortController();

  constructor(private readonly pool: Pool) {}

  /** Of this process' last commands; without a question to PostgreSQL, for that is in every append's way. */
  recent(commandIds: readonly string[]): StoredAnswer[] {
    return commandIds.flatMap((id) => this.remembered.get(id) ?? []);
  }

  async find(commandIds: readonly string[]): Promise<StoredAnswer[]> {
    const others = commandIds.filter((id) => !this.remembered.get(id));
    const stored = others.length > 0 ? await storedAnswers(this.pool, others) : [];
    return [...this.recent(commandIds), ...stored];
  }

  record(answers: readonly StoredAnswer[]): void {
    for (const answer of answers) this.remembered.set(answer.commandId, answer);
    this.unwritten.push(...answers);
    this.writing ??= this.write().finally(() => (this.writing = undefined));
  }

  /** Of commands that left no event: no fold would make a lost row good, so it is written before this resolves. */
  async recordNow(answers: readonly StoredAnswer[]): Promise<StoredAnswer[]> {
    const here = answers.flatMap(({ commandId }) => this.remembered.get(commandId) ?? []);
    const known = new Set(here.map(({ commandId }) => commandId));
    const fresh = answers.filter(({ commandId }) => !known.has(commandId));
    const there = await rememberAnswers(this.pool, fresh);
    for (const answer of [...fresh, ...there]) this.remembered.set(answer.commandId, answer);
    return [...here, ...there];
  }

  /** Writes what is not written yet, in one more attempt. */
  async close(): Promise<void> {
    this.closing.abort();
    await this.writing;
  }

  private async write(): Promise<void> {
    while (this.unwritten.length > 0) {
      await this.pause(GATHER_MS);
      const rows = this.unwritten.splice(0, WRITE_ROWS);
      try {
        await this.insert(rows);
      } catch {
        if (this.closing.signal.aborted) return;
        this.unwritten.unshift(...rows);
        // More than can be remembered is not worth memory: the fold knows them.
        this.unwritten = this.unwritten.slice(-REMEMBERED);
        await this.pause(RETRY_MS);
      }
    }
  }

  private async pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.closing.signal }).catch(() => undefined);
  }

  /** And how far the log reaches. Without waiting for the disk: the log is what must not be lost. */
  private async insert(rows: readonly StoredAnswer[]): Promise<void> {
    await this.pool.query({
      name: 'write-answers',
      text: `WITH written AS (
          INSERT INTO eventstore.answers (command_id, principal, digest, stream, revision, position)
          SELECT answer.* FROM set_config('synchronous_commit', 'off', true),
            unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[], $6::bigint[]) AS answer
          ON CONFLICT (command_id) DO NOTHING)
        UPDATE eventstore.bound_log SET reached = $7 WHERE reached < $7::bigint`,
      values: [
        plainArray(rows.map(({ commandId }) => commandId)),
        rows.map(({ principal }) => principal),
        rows.map(({ digest }) => digest),
        rows.map(({ stream }) => stream),
        plainArray(rows.map(({ revision }) => revision)),
        plainArray(rows.map(({ position }) => position)),
        rows.reduce((furthest, { position }) => (position > furthest ? position : furthest), 0n),
      ],
    });
  }
}
