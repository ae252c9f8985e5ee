import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * By what windows find rows (see `windowEntry` of the contracts), in a table of its own: an index on rows themselves
 * would be touched by each of their changes, while what they are found by seldom changes.
 */
export class ViewEntries1 implements MigrationInterface {
  readonly name = 'ViewEntries1790000000004';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE view_entry (
        epoch text NOT NULL,
        kind text NOT NULL,
        id text NOT NULL,
        key text COLLATE "C" NOT NULL,
        -- Those that a view is ordered by come first, in the order of its contract.
        fields text[] COLLATE "C" NOT NULL,
        words text COLLATE "C" NOT NULL,
        PRIMARY KEY (epoch, kind, id, key)
      );
      CREATE INDEX view_entry_first ON view_entry (epoch, kind, id, (fields[1]), key);
      CREATE INDEX view_entry_second ON view_entry (epoch, kind, id, (fields[2]), key);
      CREATE INDEX view_entry_third ON view_entry (epoch, kind, id, (fields[3]), key);

      CREATE FUNCTION write_listed_views(
        projection_name text, projection_epoch text, from_position bigint, to_position bigint,
        heads jsonb, puts jsonb, deletes jsonb, OUT before jsonb
      ) LANGUAGE plpgsql AS $$
      BEGIN
        before := write_views(projection_name, projection_epoch, from_position, to_position, heads, puts, deletes);

        INSERT INTO view_entry AS e (epoch, kind, id, key, fields, words)
        SELECT projection_epoch, v.kind, v.id, v.key, v.fields, v.words
        FROM jsonb_to_recordset(puts) AS v(kind text, id text, key text, fields text[], words text)
        WHERE v.fields IS NOT NULL
        ON CONFLICT (epoch, kind, id, key) DO UPDATE SET fields = excluded.fields, words = excluded.words
        WHERE e.fields <> excluded.fields OR e.words <> excluded.words;

        IF deletes <> '[]' THEN
          DELETE FROM view_entry e USING jsonb_to_recordset(deletes) AS v(kind text, id text, key text)
          WHERE e.epoch = projection_epoch AND e.kind = v.kind AND e.id = v.id AND e.key = v.key;
        END IF;
      END
      $$;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION write_listed_views; DROP TABLE view_entry');
  }
}
