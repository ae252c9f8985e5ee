import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AccessLog1 implements MigrationInterface {
  readonly name = 'AccessLog1790000003000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE access_log (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        at timestamptz NOT NULL,
        actor text NOT NULL,
        what text NOT NULL,
        outcome text NOT NULL,
        subject text NOT NULL,
        address text NOT NULL,
        correlation_id text NOT NULL
      );
      CREATE INDEX access_log_at ON access_log (at);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE access_log');
  }
}
