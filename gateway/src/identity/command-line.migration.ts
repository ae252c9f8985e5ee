import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Sign-ins of command lines: short sessions sent as bearer tokens, and codes that wait for their confirmation. */
export class CommandLineLogins1 implements MigrationInterface {
  readonly name = 'CommandLineLogins1790000002000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE session ADD COLUMN command_line boolean NOT NULL DEFAULT false;
      CREATE TABLE device_login (
        hash bytea PRIMARY KEY,
        code text NOT NULL UNIQUE,
        asked_from text NOT NULL,
        asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        expires_at timestamptz NOT NULL,
        user_id uuid REFERENCES profile ON DELETE CASCADE,
        denied boolean NOT NULL DEFAULT false
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE device_login; ALTER TABLE session DROP COLUMN command_line');
  }
}
