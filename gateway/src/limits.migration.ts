import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What all gateways count together: what agents store in a day, and failed sign-ins. */
export class Limits1 implements MigrationInterface {
  readonly name = 'Limits1790000004000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE content_quota (principal text PRIMARY KEY, day date NOT NULL, bytes bigint NOT NULL);
      CREATE TABLE failed_login (
        hash bytea PRIMARY KEY,
        failures integer NOT NULL,
        blocked_until timestamptz NOT NULL,
        last_at timestamptz NOT NULL
      );
      CREATE INDEX failed_login_last_at ON failed_login (last_at);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE failed_login, content_quota');
  }
}
