import { newId } from '@agencyos/contracts';
import { postgresOf } from '@agencyos/supervisor';
import { join } from 'node:path';
import pg from 'pg';
import type { System } from './system.js';

const root = join(import.meta.dirname, '..', '..');
/** Under which positions of the log are given out. */
const POSITION_LOCK = '1095192403, 1';

/** The database of a running system as its owner sees it: for what neither people nor services can do. */
export class OwnersDatabase {
  private constructor(private readonly client: pg.Client) {}

  static async of({ dataDir }: System): Promise<OwnersDatabase> {
    const { url } = await postgresOf(dataDir, root);
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    return new OwnersDatabase(client);
  }

  /** From now on PostgreSQL refuses rows of a service's views that hold this word, as it refuses what it cannot store. */
  async refuseRows(service: string, word: string): Promise<void> {
    const check = `CHECK (value::text NOT LIKE ${pg.escapeLiteral(`%${word}%`)})`;
    await this.client.query(`ALTER TABLE ${pg.escapeIdentifier(service)}.view_row ADD CONSTRAINT refused ${check} NOT VALID`);
  }

  /** The fault is mended. */
  async acceptRows(service: string): Promise<void> {
    await this.client.query(`ALTER TABLE ${pg.escapeIdentifier(service)}.view_row DROP CONSTRAINT refused`);
  }

  /** Facts of a new stream, as a build with a defect has recorded them. @returns their positions */
  async record(stream: string, facts: readonly { type: string; data: object }[]): Promise<number[]> {
    const commandId = newId();
    const ids = { commandId, correlationId: commandId, causationId: commandId };
    const metadata = {
      ...ids,
      commandDigest: `sha256:${'0'.repeat(64)}`,
      actor: 'service:swarm',
      depth: 0,
      recordedAt: new Date().toISOString(),
    };
    const positions: number[] = [];
    await this.client.query(`BEGIN; SELECT pg_advisory_xact_lock(${POSITION_LOCK})`);
    for (const [revision, { type, data }] of facts.entries()) {
      const { rows } = await this.client.query<{ position: string }>(
        `INSERT INTO eventstore.events (position, stream, revision, id, type, schema, data, metadata)
           SELECT max(position) + 1, $1, $2::int, $3::uuid, $4, 1, $5::json, $6::json FROM eventstore.events
           RETURNING position`,
        [stream, revision, newId(), type, JSON.stringify(data), JSON.stringify(metadata)],
      );
      positions.push(Number(rows[0]!.position));
    }
    await this.client.query('COMMIT');
    return positions;
  }

  close(): Promise<void> {
    return this.client.end();
  }
}
