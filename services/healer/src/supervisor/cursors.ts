import type { DataSource, MigrationInterface, QueryRunner } from 'typeorm';

/** How far the healer has read what is not the log's own feed: the supervisor's journal, finished repair steps. */
export class HealerCursors1 implements MigrationInterface {
  readonly name = 'HealerCursors1790000000100';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE cursor (name text PRIMARY KEY, position bigint NOT NULL)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE cursor');
  }
}

export class Cursors {
  constructor(private readonly database: DataSource) {}

  async read(name: string): Promise<bigint> {
    const [row] = (await this.database.query('SELECT position FROM cursor WHERE name = $1', [name])) as {
      position: string;
    }[];
    return BigInt(row?.position ?? 0);
  }

  async write(name: string, position: bigint): Promise<void> {
    await this.database.query(
      `INSERT INTO cursor (name, position) VALUES ($1, $2)
       ON CONFLICT (name) DO UPDATE SET position = excluded.position`,
      [name, String(position)],
    );
  }
}
