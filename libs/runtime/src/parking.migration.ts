import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Projections park, too: `held` is a fact that is still being tried while others go on. What was left out of a view
 * is a gap of its epoch (kind and id empty: of all of its views), until a stale epoch was replaced.
 */
export class Parking1 implements MigrationInterface {
  readonly name = 'Parking1790000000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE parked ADD COLUMN held boolean NOT NULL DEFAULT false;
      ALTER TABLE projection ADD COLUMN stale boolean NOT NULL DEFAULT false;
      CREATE TABLE view_gap (
        epoch text NOT NULL,
        kind text NOT NULL DEFAULT '',
        id text NOT NULL DEFAULT '',
        position bigint NOT NULL,
        PRIMARY KEY (epoch, kind, id)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE view_gap;
      ALTER TABLE projection DROP COLUMN stale;
      DELETE FROM parked WHERE held;
      ALTER TABLE parked DROP COLUMN held;
    `);
  }
}
