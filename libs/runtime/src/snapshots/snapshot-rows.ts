import type { DataSource } from 'typeorm';

export interface SnapshotRow {
  revision: number;
  body: Buffer;
}

/** A stream's snapshots that one fold made. */
export interface Made {
  stream: string;
  key: string;
}

const END = 2n ** 63n - 1n;

/** The rows of a service's snapshots. */
export class SnapshotRows {
  constructor(private readonly database: Pick<DataSource, 'query'>) {}

  /** The last one, or the last one at or before a position. */
  async last({ stream, key }: Made, position = END): Promise<SnapshotRow | undefined> {
    const rows = await this.database.query<SnapshotRow[]>(
      `SELECT revision, body FROM snapshot WHERE stream = $1 AND key = $2 AND position <= $3
       ORDER BY revision DESC LIMIT 1`,
      [stream, key, String(position)],
    );
    return rows[0];
  }

  /** Takes the place of the last one, unless that is kept. */
  async put({ stream, key }: Made, row: SnapshotRow & { position: string; kept: boolean }): Promise<void> {
    const { revision, position, kept, body } = row;
    await this.database.query(
      `WITH replaced AS (DELETE FROM snapshot WHERE stream = $1 AND key = $2 AND revision < $3 AND NOT kept)
       INSERT INTO snapshot (stream, key, revision, position, kept, body) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (stream, key, revision) DO UPDATE SET kept = snapshot.kept OR excluded.kept`,
      [stream, key, revision, position, kept, body],
    );
  }

  async remove({ stream, key }: Made, revision: number): Promise<void> {
    await this.database.query('DELETE FROM snapshot WHERE stream = $1 AND key = $2 AND revision = $3', [stream, key, revision]);
  }

  /** Position of the last one that stays, and its revision. */
  async lastKept({ stream, key }: Made): Promise<{ revision: number; position: bigint } | undefined> {
    const rows = await this.database.query<{ revision: number; position: string }[]>(
      'SELECT revision, position FROM snapshot WHERE stream = $1 AND key = $2 AND kept ORDER BY revision DESC LIMIT 1',
      [stream, key],
    );
    return rows[0] && { revision: rows[0].revision, position: BigInt(rows[0].position) };
  }

  async keep({ stream, key }: Made, revision: number): Promise<void> {
    await this.database.query('UPDATE snapshot SET kept = true WHERE stream = $1 AND key = $2 AND revision = $3', [
      stream,
      key,
      revision,
    ]);
  }

  /** Those of the folds of other versions. */
  async removeOthers(keys: readonly string[]): Promise<void> {
    await this.database.query('DELETE FROM snapshot WHERE key <> ALL ($1)', [keys]);
  }
}
