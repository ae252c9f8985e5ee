import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What a projection writes for one batch of facts (rows, heads and its own position) as one statement: a round
 * trip and a commit instead of six. Its plans stay in the session, which those of a query from outside would not.
 */
export class WriteViews1 implements MigrationInterface {
  readonly name = 'WriteViews1790000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION write_views(
        projection_name text, projection_epoch text, from_position bigint, to_position bigint,
        heads jsonb, puts jsonb, deletes jsonb, OUT before jsonb
      ) LANGUAGE plpgsql AS $$
      BEGIN
        UPDATE projection SET position = to_position
        WHERE name = projection_name AND epoch = projection_epoch AND position = from_position;
        IF NOT FOUND THEN
          RAISE EXCEPTION 'projection % was moved by another writer', projection_name;
        END IF;

        SELECT coalesce(jsonb_agg(jsonb_build_object('kind', h.kind, 'id', h.id, 'revision', h.revision)), '[]')
        INTO before FROM jsonb_to_recordset(heads) AS v(kind text, id text)
        JOIN view_head h ON h.epoch = projection_epoch AND h.kind = v.kind AND h.id = v.id;

        INSERT INTO view_head (epoch, kind, id, revision)
        SELECT projection_epoch, v.kind, v.id, v."to"
        FROM jsonb_to_recordset(heads) AS v(kind text, id text, "to" bigint)
        ON CONFLICT (epoch, kind, id)
        DO UPDATE SET revision = excluded.revision, changed_at = clock_timestamp();

        INSERT INTO view_row (epoch, kind, id, key, value)
        SELECT projection_epoch, v.kind, v.id, v.key, v.value
        FROM jsonb_to_recordset(puts) AS v(kind text, id text, key text, value jsonb)
        ON CONFLICT (epoch, kind, id, key) DO UPDATE SET value = excluded.value;

        IF deletes <> '[]' THEN
          DELETE FROM view_row r USING jsonb_to_recordset(deletes) AS v(kind text, id text, key text)
          WHERE r.epoch = projection_epoch AND r.kind = v.kind AND r.id = v.id AND r.key = v.key;
        END IF;
      END
      $$;

      -- Rows and heads are written again and again: without an index on what changes, and with room beside them, a
      -- new version of a row stays in its page and no index is touched.
      DROP INDEX view_head_changed;
      ALTER TABLE view_head SET (fillfactor = 60);
      ALTER TABLE view_row SET (fillfactor = 60);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP FUNCTION write_views;
      CREATE INDEX view_head_changed ON view_head (changed_at);
      ALTER TABLE view_head RESET (fillfactor);
      ALTER TABLE view_row RESET (fillfactor);
    `);
  }
}
