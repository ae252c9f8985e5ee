import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tables that every service has in its own schema. */
export class RuntimeTables1 implements MigrationInterface {
  readonly name = 'RuntimeTables1790000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE projection (
        name text NOT NULL,
        epoch text NOT NULL,
        version int NOT NULL,
        position bigint NOT NULL DEFAULT 0,
        active boolean NOT NULL DEFAULT false,
        PRIMARY KEY (name, epoch)
      );
      CREATE UNIQUE INDEX one_active_epoch ON projection (name) WHERE active;
      CREATE TABLE view_row (
        epoch text NOT NULL,
        kind text NOT NULL,
        id text NOT NULL,
        key text COLLATE "C" NOT NULL,
        value jsonb NOT NULL,
        PRIMARY KEY (epoch, kind, id, key)
      );
      CREATE TABLE view_head (
        epoch text NOT NULL,
        kind text NOT NULL,
        id text NOT NULL,
        revision bigint NOT NULL,
        changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (epoch, kind, id)
      );
      CREATE INDEX view_head_changed ON view_head (changed_at);
      CREATE TABLE consumer (name text PRIMARY KEY, position bigint NOT NULL);
      CREATE TABLE memory (consumer text NOT NULL, key text NOT NULL, value jsonb NOT NULL, PRIMARY KEY (consumer, key));
      CREATE TABLE timer (
        kind text NOT NULL,
        key text NOT NULL,
        due_at timestamptz NOT NULL,
        fact jsonb NOT NULL,
        command jsonb NOT NULL,
        PRIMARY KEY (kind, key)
      );
      CREATE INDEX timer_due ON timer (due_at);
      CREATE TABLE parked (
        consumer text NOT NULL,
        position bigint NOT NULL,
        stream text NOT NULL,
        fact jsonb NOT NULL,
        cause text NOT NULL,
        parked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (consumer, position)
      );
      CREATE INDEX parked_stream ON parked (consumer, stream);
      CREATE TABLE refusal (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        at timestamptz NOT NULL DEFAULT clock_timestamp(),
        command_id uuid NOT NULL,
        type text NOT NULL,
        stream text NOT NULL,
        actor text NOT NULL,
        code text NOT NULL,
        correlation_id text NOT NULL
      );
      CREATE INDEX refusal_at ON refusal (at);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE refusal, parked, timer, memory, consumer, view_head, view_row, projection');
  }
}
