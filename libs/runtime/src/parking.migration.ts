import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Projections set facts aside, too, each epoch its own: those `held` are still tried while others go on, the rest is
 * parked. What was left out of a view is a gap of its epoch (kind and id empty: of all of its views) until a new epoch
 * replaces the stale one.
 */
export class Parking1 implements MigrationInterface {
  readonly name = 'Parking1790000000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE parked
        ADD COLUMN epoch text NOT NULL DEFAULT '',
        ADD COLUMN held boolean NOT NULL DEFAULT false,
        -- As text it was received: it may hold what jsonb refuses, which is why it is parked.
        ALTER COLUMN fact TYPE json USING fact::json,
        DROP CONSTRAINT parked_pkey,
        ADD PRIMARY KEY (consumer, epoch, position);
      -- Of a span of time, not of a time of day: a step of the clock does not shorten or lengthen it.
      ALTER TABLE timer ADD COLUMN elapses boolean NOT NULL DEFAULT false;
      ALTER TABLE projection ADD COLUMN stale boolean NOT NULL DEFAULT false;
      CREATE TABLE view_gap (
        epoch text NOT NULL,
        kind text NOT NULL,
        id text NOT NULL,
        position bigint NOT NULL,
        PRIMARY KEY (epoch, kind, id)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE view_gap;
      ALTER TABLE projection DROP COLUMN stale;
      ALTER TABLE timer DROP COLUMN elapses;
      DELETE FROM parked WHERE epoch <> '';
      ALTER TABLE parked
        DROP CONSTRAINT parked_pkey,
        DROP COLUMN epoch,
        DROP COLUMN held,
        ALTER COLUMN fact TYPE jsonb USING fact::jsonb,
        ADD PRIMARY KEY (consumer, position);
    `);
  }
}
