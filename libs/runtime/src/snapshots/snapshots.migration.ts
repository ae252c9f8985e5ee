import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What long streams had come to: a cache, whose rows may be deleted at any time. */
export class Snapshots1 implements MigrationInterface {
  readonly name = 'Snapshots1790000000003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE snapshot (
        stream text COLLATE "C" NOT NULL,
        -- Versions of a service run side by side during an upgrade, each with its own.
        key text NOT NULL,
        revision int NOT NULL,
        position bigint NOT NULL,
        -- One every so many events stays; of the others only the newest.
        kept boolean NOT NULL DEFAULT false,
        body bytea NOT NULL,
        PRIMARY KEY (stream, key, revision)
      );
      -- It is compressed already.
      ALTER TABLE snapshot ALTER COLUMN body SET STORAGE EXTERNAL;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE snapshot');
  }
}
