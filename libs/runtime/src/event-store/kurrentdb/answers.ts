import type { Pool } from 'pg';
import type { StoredAnswer } from '../event-store.js';
import { storedAnswers } from '../postgres/append-group.js';

const REMEMBERED = 20_000;
const LOOKUP_IDS = 2_000;
const LOOKUPS_IN_FLIGHT = 2;
const WRITE_ROWS = 1_000;
const RETRY_MS = 250;

interface Lookup {
  ids: string[];
  resolve(answers: StoredAnswer[]): void;
  reject(error: unknown): void;
}

/**
 * What commands were answered, in table `eventstore.answers` of PostgreSQL: KurrentDB has no place for it that
 * can be asked by command. Rows are written behind the append: the events carry their command's id and digest,
 * so a row that a crash swallowed is made good by whoever folds the stream.
 */
export class Answers {
  /** The last ones of this process: they are known before their rows are written. */
  private readonly recent = new Map<string, StoredAnswer>();
  private lookups: Lookup[] = [];
  private lookupsInFlight = 0;
  private unwritten: StoredAnswer[] = [];
  private writing?: Promise<void>;
  private closed = false;

  constructor(private readonly pool: Pool) {}

  async find(commandIds: readonly string[]): Promise<StoredAnswer[]> {
    const found = commandIds.flatMap((id) => this.recent.get(id) ?? []);
    const ids = commandIds.filter((id) => !this.recent.has(id));
    return ids.length === 0 ? found : [...found, ...(await this.lookUp(ids))];
  }

  record(answers: readonly StoredAnswer[]): void {
    for (const answer of answers) {
      this.recent.set(answer.commandId, answer);
      if (this.recent.size > REMEMBERED) this.recent.delete(this.recent.keys().next().value!);
    }
    this.unwritten.push(...answers);
    this.writing ??= this.write().finally(() => (this.writing = undefined));
  }

  /** Writes what is not written yet, in one more attempt. */
  async close(): Promise<void> {
    this.closed = true;
    await this.writing;
  }

  private lookUp(ids: string[]): Promise<StoredAnswer[]> {
    return new Promise((resolve, reject) => {
      this.lookups.push({ ids, resolve, reject });
      if (this.lookupsInFlight < LOOKUPS_IN_FLIGHT) void this.ask();
    });
  }

  /** While questions are under way the next ones gather: many appends cost one query. */
  private async ask(): Promise<void> {
    this.lookupsInFlight++;
    while (this.lookups.length > 0) {
      const group: Lookup[] = [];
      const ids: string[] = [];
      while (this.lookups[0] && ids.length + this.lookups[0].ids.length <= LOOKUP_IDS) {
        const lookup = this.lookups.shift()!;
        group.push(lookup);
        ids.push(...lookup.ids);
      }
      try {
        const answers = new Map((await storedAnswers(this.pool, ids)).map((one) => [one.commandId, one]));
        for (const { ids: own, resolve } of group) resolve(own.flatMap((id) => answers.get(id) ?? []));
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.lookupsInFlight--;
  }

  private async write(): Promise<void> {
    while (this.unwritten.length > 0) {
      const rows = this.unwritten.splice(0, WRITE_ROWS);
      try {
        await this.insert(rows);
      } catch {
        if (this.closed) return;
        this.unwritten.unshift(...rows);
        // More than can be remembered is not worth memory: the fold knows them.
        this.unwritten = this.unwritten.slice(-REMEMBERED);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS).unref());
      }
    }
  }

  private async insert(rows: readonly StoredAnswer[]): Promise<void> {
    await this.pool.query({
      name: 'write-answers',
      text: `INSERT INTO eventstore.answers (command_id, digest, stream, revision, position)
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::bigint[])
        ON CONFLICT (command_id) DO NOTHING`,
      values: [
        rows.map(({ commandId }) => commandId),
        rows.map(({ digest }) => digest),
        rows.map(({ stream }) => stream),
        rows.map(({ revision }) => revision),
        rows.map(({ position }) => position),
      ],
    });
  }
}
