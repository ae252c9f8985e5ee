import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { migrationsIn, takesAway } from './migrations.js';

interface Releases {
  newestRelease(): Promise<{ level?: number } | undefined>;
}

const root = dirname(dirname(import.meta.dirname));
const migrations = migrationsIn(root);
/** Of before levels: whoever ran before them cannot run beside today's versions anyway. */
const BEFORE_LEVELS = ['Parking1', 'WriteViews1', 'SetupLinks1'];

describe('the migrations', () => {
  it('are all found', () => {
    const names = migrations.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['RuntimeTables1', 'Identity1', 'HealerCursors1', 'RelayTables1795000000000']));
    expect(names.filter((name) => name.startsWith('eventstore'))).toEqual([
      'eventstore 1',
      'eventstore 2',
      'eventstore 3',
      'eventstore 4',
    ]);
    for (const { sql } of migrations) expect(sql).toMatch(/CREATE|ALTER/);
  });

  it('only add, so that the version before runs on what they leave: else they say from which level on it runs no more', async () => {
    const { newestRelease } = (await import(join(root, 'contracts/scripts/releases.mjs'))) as Releases;
    const level = (await newestRelease())?.level ?? 1;
    for (const migration of migrations.filter(({ name }) => !BEFORE_LEVELS.includes(name))) {
      const { name, contractsAt } = migration;
      const told = takesAway(migration).map((what) => `${name} ${what}`);
      // That level is written only when the release that has it, and does without what is taken away, is everywhere.
      if (contractsAt === undefined || contractsAt > level) expect(told).toEqual([]);
    }
  });
});

describe('a migration', () => {
  const judged = (sql: string) => takesAway({ name: 'Planted1', sql });

  it.each([
    ['DROP TABLE parked', 'drops something'],
    ['ALTER TABLE parked DROP COLUMN fact', 'drops something'],
    ['ALTER TABLE parked ALTER COLUMN fact DROP DEFAULT', 'drops something'],
    ['DROP FUNCTION write_views', 'drops something'],
    ['ALTER TABLE parked RENAME COLUMN fact TO event', 'renames something'],
    ['ALTER TABLE parked RENAME TO aside', 'renames something'],
    ['ALTER TABLE parked ALTER COLUMN fact TYPE json USING fact::json', 'changes a type'],
    ['ALTER TABLE parked ALTER COLUMN fact SET DATA TYPE json', 'changes a type'],
    ['ALTER TABLE parked ALTER COLUMN cause SET NOT NULL', 'demands a value of rows that are there'],
    ['ALTER TABLE parked ADD COLUMN why text NOT NULL', 'adds a column that old rows and versions have no value for'],
    ["ALTER TABLE parked ADD COLUMN a text DEFAULT '', ADD COLUMN why text NOT NULL", 'adds a column that old rows'],
    ['ALTER TABLE parked ADD CONSTRAINT late CHECK (position > 0)', 'demands more of rows'],
    ['ALTER TABLE parked ADD PRIMARY KEY (consumer)', 'demands more of rows'],
    ['ALTER TABLE parked ADD COLUMN why text UNIQUE', 'demands more of rows'],
    ['CREATE UNIQUE INDEX one ON parked (stream)', 'demands more of rows'],
    ['DELETE FROM parked', 'deletes rows'],
    ['truncate parked', 'deletes rows'],
    ['CREATE OR REPLACE FUNCTION write_views() RETURNS void LANGUAGE sql AS $$ SELECT 1 $$', 'replaces what others call'],
  ])('%s: %s', (sql, told) => expect(judged(sql)).toEqual([expect.stringContaining(told)]));

  it.each([
    "CREATE TABLE aside (id int PRIMARY KEY, why text NOT NULL UNIQUE CHECK (why <> '')); CREATE UNIQUE INDEX one ON aside (why)",
    'ALTER TABLE parked ADD COLUMN why text, ADD COLUMN since timestamptz NOT NULL DEFAULT now()',
    "ALTER TABLE parked ADD COLUMN why text DEFAULT '' NOT NULL, ADD COLUMN held boolean",
    'ALTER TABLE parked ADD COLUMN n int NOT NULL GENERATED ALWAYS AS (1) STORED',
    'ALTER TABLE parked ALTER COLUMN cause DROP NOT NULL',
    'DROP INDEX parked_stream; CREATE INDEX parked_stream ON parked (stream)',
    'CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON parked EXECUTE FUNCTION refuse()',
    'CREATE FUNCTION forget() RETURNS void LANGUAGE sql AS $$ DELETE FROM parked $$',
    '-- nothing that would DROP TABLE\nALTER TABLE parked SET (fillfactor = 60)',
  ])('%s: only adds', (sql) => expect(judged(sql)).toEqual([]));
});
