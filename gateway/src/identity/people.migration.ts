import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What people see of their own access: when and from where it was used. And the links that let somebody in. */
export class People1 implements MigrationInterface {
  readonly name = 'People1790000006000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE session
        ADD COLUMN last_used_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        ADD COLUMN address text NOT NULL DEFAULT '',
        ADD COLUMN agent text NOT NULL DEFAULT '';
      ALTER TABLE token_secret ADD COLUMN created_at timestamptz, ADD COLUMN last_used_at timestamptz;
      ALTER TABLE token_secret ALTER COLUMN created_at SET DEFAULT clock_timestamp();
      ALTER TABLE credential ADD COLUMN kept_sessions uuid[] NOT NULL DEFAULT '{}';
      CREATE TABLE invitation (
        user_id uuid PRIMARY KEY REFERENCES profile ON DELETE CASCADE,
        hash bytea NOT NULL UNIQUE,
        expires_at timestamptz NOT NULL
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE invitation;
      ALTER TABLE credential DROP COLUMN kept_sessions;
      ALTER TABLE token_secret DROP COLUMN created_at, DROP COLUMN last_used_at;
      ALTER TABLE session DROP COLUMN last_used_at, DROP COLUMN address, DROP COLUMN agent;
    `);
  }
}
