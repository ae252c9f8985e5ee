import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A set-up link for each data folder instead of one for all: gateways with disks of their own do not undo each other's. */
export class SetupLinks1 implements MigrationInterface {
  readonly name = 'SetupLinks1790000005000';

  async up(runner: QueryRunner): Promise<void> {
    // The present one is replaced at this very start.
    await runner.query(`
      DROP TABLE setup_link;
      CREATE TABLE setup_link (place uuid PRIMARY KEY, hash bytea NOT NULL);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE setup_link;
      CREATE TABLE setup_link (only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one), hash bytea NOT NULL);
    `);
  }
}
