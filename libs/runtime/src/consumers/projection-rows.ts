import type { Fact } from '@agencyos/contracts';
import type { DataSource } from 'typeorm';
import type { Projection, RowStore } from '../service-definition.js';
import { RowCache } from './row-cache.js';

/** Rows that one batch of facts may read by themselves; after more the next batch's are read together. */
const READ_ALONE = 8;

/** Changes of one view since the last flush. */
export interface ViewChange {
  kind: string;
  id: string;
  /** Log position of the last fact that changed it. */
  to: number;
  /** JSON of each changed row; undefined = deleted. */
  rows: Map<string, string | undefined>;
}

/**
 * Rows of one epoch, with the changes of the present batch on top. The projector is their only writer. They are kept
 * as JSON: what a projection gets or gave is a copy of its own, and writing and publishing them costs no more work.
 */
export class ProjectionRows implements RowStore {
  private changes = new Map<string, ViewChange>();
  private readonly cache = new RowCache();
  /** Rows that are not there, of those the present batch asks for. */
  private absent = new Set<string>();
  private missed = 0;
  /** Rows changed since the last flush. */
  changed = 0;
  /** Position of the fact in hand. */
  position = 0;

  /** @param isNew the epoch has no rows yet, so the cache holds every row there is until it drops some */
  constructor(
    private readonly database: DataSource,
    private readonly epoch: string,
    private readonly isNew: boolean,
  ) {}

  async get<T>(kind: string, id: string, key: string): Promise<T | undefined> {
    const change = this.changes.get(viewKey(kind, id));
    const text = change?.rows.has(key) ? change.rows.get(key) : await this.stored(kind, id, key);
    return text === undefined ? undefined : (JSON.parse(text) as T);
  }

  put(kind: string, id: string, key: string, value: unknown): void {
    this.change(kind, id, key, JSON.stringify(value));
  }

  del(kind: string, id: string, key: string): void {
    this.change(kind, id, key, undefined);
  }

  async list<T>(kind: string, id: string, prefix = ''): Promise<Array<[string, T]>> {
    const stored = (await this.database.query(
      `SELECT key, value FROM view_row WHERE epoch = $1 AND kind = $2 AND id = $3 AND starts_with(key, $4)`,
      [this.epoch, kind, id, prefix],
    )) as { key: string; value: T }[];
    const rows = new Map(stored.map(({ key, value }) => [key, value]));
    for (const [key, text] of this.changes.get(viewKey(kind, id))?.rows ?? []) {
      if (!key.startsWith(prefix)) continue;
      if (text === undefined) rows.delete(key);
      else rows.set(key, JSON.parse(text) as T);
    }
    return [...rows].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  }

  /**
   * Called before each batch. While batches ask for many rows that are not in the cache, this one's are read in one
   * query: a projection is pure, so it may run once more, to see what it asks for.
   */
  async foresee(facts: readonly Fact[], project: Projection['project']): Promise<void> {
    const cold = this.missed > READ_ALONE;
    this.missed = 0;
    this.absent.clear();
    if (!cold || this.isWhole) return;
    const asked = new Map<string, [kind: string, id: string, key: string]>();
    const get = async <T>(kind: string, id: string, key: string): Promise<T | undefined> => {
      const view = viewKey(kind, id);
      const text = this.changes.get(view)?.rows.get(key) ?? this.cache.get(view, key);
      if (text !== undefined) return JSON.parse(text) as T;
      asked.set(rowKey(kind, id, key), [kind, id, key]);
      return undefined;
    };
    const rehearsal: RowStore = { get, put: () => undefined, del: () => undefined, list: async () => [] };
    // Without the rows it may well fail; what it then asks for is read as it comes.
    for (const fact of facts) await (async () => project(fact, rehearsal))().catch(() => undefined);
    if (asked.size > 0) await this.readTogether([...asked.values()]);
  }

  private async readTogether(places: [kind: string, id: string, key: string][]): Promise<void> {
    this.missed = places.length;
    const column = (n: 0 | 1 | 2) => places.map((place) => place[n]);
    const found = (await this.database.query(
      `SELECT kind, id, key, text FROM unnest($2::text[], $3::text[], $4::text[]) AS asked(kind, id, key), LATERAL (
         SELECT value::text AS text FROM view_row r
         WHERE r.epoch = $1 AND r.kind = asked.kind AND r.id = asked.id AND r.key = asked.key LIMIT 1) row`,
      [this.epoch, column(0), column(1), column(2)],
    )) as { kind: string; id: string; key: string; text: string }[];
    for (const place of places) this.absent.add(rowKey(...place));
    for (const { kind, id, key, text } of found) {
      this.absent.delete(rowKey(kind, id, key));
      this.cache.set(viewKey(kind, id), key, text);
    }
  }

  /** Hands over the batch's changes; they stay readable through the cache once written. */
  take(): ViewChange[] {
    const taken = this.changes;
    this.changes = new Map();
    this.changed = 0;
    for (const [view, { rows }] of taken) for (const [key, text] of rows) this.cache.set(view, key, text);
    return [...taken.values()];
  }

  private async stored(kind: string, id: string, key: string): Promise<string | undefined> {
    const view = viewKey(kind, id);
    const known = this.cache.get(view, key);
    if (known !== undefined || this.isWhole || this.absent.has(rowKey(kind, id, key))) return known;
    this.missed++;
    const [row] = (await this.database.query(
      'SELECT value::text AS text FROM view_row WHERE epoch = $1 AND kind = $2 AND id = $3 AND key = $4',
      [this.epoch, kind, id, key],
    )) as { text: string }[];
    if (row) this.cache.set(view, key, row.text);
    return row?.text;
  }

  private change(kind: string, id: string, key: string, text: string | undefined): void {
    const view = viewKey(kind, id);
    let change = this.changes.get(view);
    if (!change) this.changes.set(view, (change = { kind, id, to: 0, rows: new Map() }));
    change.to = this.position;
    if (!change.rows.has(key)) this.changed++;
    change.rows.set(key, text);
  }

  private get isWhole(): boolean {
    return this.isNew && !this.cache.hasDropped;
  }
}

const viewKey = (kind: string, id: string) => `${kind}\u0000${id}`;
const rowKey = (kind: string, id: string, key: string) => `${kind}\u0000${id}\u0000${key}`;
