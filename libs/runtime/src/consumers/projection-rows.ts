import type { ViewOp } from '@agencyos/contracts';
import type { DataSource } from 'typeorm';
import type { Rows } from '../service-definition.js';

const CACHED_ROWS = 20_000;

/** Changes of one view since the last flush. */
export interface ViewChange {
  kind: string;
  id: string;
  /** Log position of the last fact that changed it. */
  to: number;
  rows: Map<string, unknown>;
}

/** Rows of one epoch, with the changes of the present batch on top. The projector is their only writer. */
export class ProjectionRows implements Rows {
  private changes = new Map<string, ViewChange>();
  private readonly cache = new Map<string, unknown>();
  /** Position of the fact in hand. */
  position = 0;

  constructor(
    private readonly database: DataSource,
    private readonly epoch: string,
  ) {}

  async get<T>(kind: string, id: string, key: string): Promise<T | undefined> {
    const change = this.changes.get(viewKey(kind, id));
    if (change?.rows.has(key)) return structuredClone(change.rows.get(key)) as T | undefined;
    const cached = rowKey(kind, id, key);
    if (!this.cache.has(cached)) {
      const found = (await this.database.query(
        'SELECT value FROM view_row WHERE epoch = $1 AND kind = $2 AND id = $3 AND key = $4',
        [this.epoch, kind, id, key],
      )) as { value: unknown }[];
      this.remember(cached, found[0]?.value);
    }
    return structuredClone(this.cache.get(cached)) as T | undefined;
  }

  put(kind: string, id: string, key: string, value: unknown): void {
    this.change(kind, id).set(key, JSON.parse(JSON.stringify(value)));
  }

  del(kind: string, id: string, key: string): void {
    this.change(kind, id).set(key, undefined);
  }

  async list<T>(kind: string, id: string, prefix = ''): Promise<Array<[string, T]>> {
    const stored = (await this.database.query(
      `SELECT key, value FROM view_row WHERE epoch = $1 AND kind = $2 AND id = $3 AND starts_with(key, $4)`,
      [this.epoch, kind, id, prefix],
    )) as { key: string; value: T }[];
    const rows = new Map(stored.map(({ key, value }) => [key, value]));
    for (const [key, value] of this.changes.get(viewKey(kind, id))?.rows ?? []) {
      if (!key.startsWith(prefix)) continue;
      if (value === undefined) rows.delete(key);
      else rows.set(key, structuredClone(value) as T);
    }
    return [...rows].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  }

  /** Hands over the batch's changes; they stay readable through the cache once written. */
  take(): ViewChange[] {
    const taken = [...this.changes.values()];
    this.changes = new Map();
    for (const { kind, id, rows } of taken) for (const [key, value] of rows) this.remember(rowKey(kind, id, key), value);
    return taken;
  }

  private change(kind: string, id: string): Map<string, unknown> {
    const key = viewKey(kind, id);
    let change = this.changes.get(key);
    if (!change) this.changes.set(key, (change = { kind, id, to: 0, rows: new Map() }));
    change.to = this.position;
    return change.rows;
  }

  private remember(key: string, value: unknown): void {
    this.cache.delete(key);
    this.cache.set(key, value);
    if (this.cache.size > CACHED_ROWS) this.cache.delete(this.cache.keys().next().value!);
  }
}

const viewKey = (kind: string, id: string) => `${kind}\u0000${id}`;
const rowKey = (kind: string, id: string, key: string) => `${kind}\u0000${id}\u0000${key}`;

export const opsOf = ({ rows }: ViewChange): ViewOp[] =>
  [...rows].map(([key, value]) => (value === undefined ? { op: 'del', key } : { op: 'put', key, value }));
