import type { MigrationInterface, QueryRunner } from 'typeorm';

export class LeaseTables1790000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE lease (
        run_id uuid NOT NULL,
        task_id text NOT NULL,
        attempt integer NOT NULL,
        agent_id text NOT NULL,
        instance_id text NOT NULL,
        lease_ms integer NOT NULL,
        until timestamptz NOT NULL,
        last_seen_at timestamptz NOT NULL,
        expiring boolean NOT NULL DEFAULT false,
        stop text,
        event_id uuid NOT NULL,
        usage jsonb,
        PRIMARY KEY (run_id, task_id, attempt)
      )`);
    await runner.query('CREATE INDEX lease_until ON lease (until)');
    // One row: when leases were last looked at. A long silence means that nobody could hear heartbeats either.
    await runner.query(
      'CREATE TABLE lease_scan (single boolean PRIMARY KEY DEFAULT true CHECK (single), at timestamptz NOT NULL)',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE lease_scan');
    await runner.query('DROP TABLE lease');
  }
}
