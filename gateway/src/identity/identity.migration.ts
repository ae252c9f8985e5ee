import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Identity1 implements MigrationInterface {
  readonly name = 'Identity1790000001000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE profile (user_id uuid PRIMARY KEY, name text NOT NULL UNIQUE);
      CREATE TABLE credential (
        user_id uuid PRIMARY KEY REFERENCES profile ON DELETE CASCADE,
        password_hash text NOT NULL,
        change_id uuid NOT NULL
      );
      CREATE TABLE session (
        session_id uuid PRIMARY KEY,
        hash bytea NOT NULL UNIQUE,
        user_id uuid NOT NULL REFERENCES profile ON DELETE CASCADE,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        expires_at timestamptz NOT NULL
      );
      CREATE INDEX session_of_user ON session (user_id);
      CREATE INDEX session_expiry ON session (expires_at);
      CREATE TABLE token_secret (token_id uuid PRIMARY KEY, hash bytea NOT NULL UNIQUE, label text NOT NULL);
      CREATE TABLE ticket (
        hash bytea PRIMARY KEY,
        session_id uuid REFERENCES session ON DELETE CASCADE,
        token_id uuid REFERENCES token_secret ON DELETE CASCADE,
        expires_at timestamptz NOT NULL DEFAULT clock_timestamp() + interval '30 seconds'
      );
      CREATE TABLE setup_link (only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one), hash bytea NOT NULL);
      CREATE TABLE seed (name text PRIMARY KEY, done_at timestamptz NOT NULL DEFAULT clock_timestamp());
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE seed, setup_link, ticket, token_secret, session, credential, profile');
  }
}
