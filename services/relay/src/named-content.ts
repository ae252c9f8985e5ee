import type { RecordedEvent } from '@agencyos/runtime';
import type { DataSource, MigrationInterface, QueryRunner } from 'typeorm';

const DIGESTS = /sha256:[0-9a-f]{64}/g;

/** Every digest anywhere in what the events say, whatever the field means: rather one too many than one too few. */
export function digestsIn(events: readonly RecordedEvent[]): string[] {
  return [...new Set(events.flatMap(({ data }) => JSON.stringify(data).match(DIGESTS) ?? []))];
}

/** The digests that events of a log name, and up to where it was read for them. */
export class NamedContent {
  constructor(private readonly database: DataSource) {}

  async position(log: string): Promise<bigint> {
    const rows: Array<{ position: string }> = await this.database.query(
      'SELECT position FROM relay.content_position WHERE log = $1',
      [log],
    );
    return BigInt(rows[0]?.position ?? 0);
  }

  /** Both in one statement: nothing counts as read whose names are not kept. */
  async add(digests: readonly string[], log: string, position: bigint): Promise<void> {
    await this.database.query(
      `WITH named AS (
        INSERT INTO relay.named_content (digest) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING)
      INSERT INTO relay.content_position (log, position) VALUES ($2, $3)
      ON CONFLICT (log) DO UPDATE SET position = greatest(content_position.position, excluded.position)`,
      [digests, log, String(position)],
    );
  }
}

/** What a digest names need not be stored, yet or any more, so this is no column of the content's own table. */
export class NamedContent1796000000000 implements MigrationInterface {
  readonly name = 'NamedContent1796000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE relay.named_content (digest text COLLATE "C" PRIMARY KEY);
      CREATE TABLE relay.content_position (log text PRIMARY KEY, position bigint NOT NULL);`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE relay.content_position, relay.named_content');
  }
}
