import type { DataSource, MigrationInterface, QueryRunner } from 'typeorm';

/** How far the log was published, and for which roles there are queues. */
export class RelayState {
  constructor(private readonly database: DataSource) {}

  /** Everything up to here has reached EVENTS at least once. */
  async checkpoint(): Promise<bigint> {
    const rows: Array<{ position: string }> = await this.database.query('SELECT position FROM relay.checkpoint');
    return BigInt(rows[0]?.position ?? 0);
  }

  /** Never goes back, so a relay that was replaced and does not know it yet does no harm. */
  async advance(position: bigint): Promise<void> {
    await this.database.query(
      `INSERT INTO relay.checkpoint (position) VALUES ($1)
      ON CONFLICT (single) DO UPDATE SET position = greatest(checkpoint.position, excluded.position)`,
      [String(position)],
    );
  }

  async roles(): Promise<string[]> {
    const rows: Array<{ role: string }> = await this.database.query('SELECT role FROM relay.role ORDER BY role');
    return rows.map(({ role }) => role);
  }

  async addRole(role: string): Promise<void> {
    await this.database.query('INSERT INTO relay.role (role) VALUES ($1) ON CONFLICT DO NOTHING', [role]);
  }
}

/** The relay's own tables in its schema. */
export class RelayTables1795000000000 implements MigrationInterface {
  readonly name = 'RelayTables1795000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE relay.checkpoint (
        single boolean PRIMARY KEY DEFAULT true CHECK (single),
        position bigint NOT NULL
      );
      CREATE TABLE relay.role (role text PRIMARY KEY);`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE relay.checkpoint, relay.role');
  }
}
