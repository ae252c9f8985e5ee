import { describeView, ViewQuery, type ViewDefinition, type ViewPage } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';
import type { DataSource } from 'typeorm';
import type { ViewRows } from '../define-projection.js';
import { invalid } from '../problem.js';
import type { Projection } from '../service-definition.js';
import { readViewPage } from './tables.js';

/** Rows per page; a page must fit into one NATS message. */
const PAGE_ROWS = 500;
const PAGE_BYTES = 700 * 1024;

/** Read side of this service's own projections. */
export class Views {
  private readonly projectionOf = new Map<string, string>();

  constructor(private readonly database: DataSource) {}

  register(projections: Projection[]): void {
    for (const { name, views } of projections) for (const { kind } of views) this.projectionOf.set(kind, name);
  }

  get kinds(): string[] {
    return [...this.projectionOf.keys()];
  }

  /** What the view holds now. */
  of<V extends ViewDefinition>({ kind }: V, id: string): Pick<ViewRows<V>, 'get' | 'list'> {
    return {
      get: (key) => this.row(kind, id, key),
      list: (name) => this.rows(kind, id, `${name}/`),
    };
  }

  private async row<T>(kind: string, id: string, key: string): Promise<T | undefined> {
    const [row] = (await this.database.query(
      `SELECT r.value FROM view_row r JOIN projection p ON p.epoch = r.epoch AND p.active
       WHERE p.name = $1 AND r.kind = $2 AND r.id = $3 AND r.key = $4`,
      [this.projection(kind), kind, id, key],
    )) as { value: T }[];
    return row?.value;
  }

  private async rows<T>(kind: string, id: string, prefix: string): Promise<Array<[string, T]>> {
    const rows = (await this.database.query(
      `SELECT r.key, r.value FROM view_row r JOIN projection p ON p.epoch = r.epoch AND p.active
       WHERE p.name = $1 AND r.kind = $2 AND r.id = $3 AND starts_with(r.key, $4) ORDER BY r.key`,
      [this.projection(kind), kind, id, prefix],
    )) as { key: string; value: T }[];
    return rows.map(({ key, value }) => [key, value]);
  }

  /** Answer to a view query. @throws Rejection */
  async page(kind: string, query: unknown): Promise<ViewPage> {
    const parsed = ViewQuery.safeParse(query);
    if (!parsed.success) throw invalid(parsed.error);
    if (!describeView(kind)) throw new Rejection('not_found', { detail: `No view ${kind}.` });
    const { id, after } = parsed.data;
    for (let rows = PAGE_ROWS; ; rows = Math.ceil(rows / 4)) {
      const page = await readViewPage(this.database, this.projection(kind), kind, id, after, rows);
      if (!page) throw new Rejection('busy', { detail: `The view ${kind} is being built.`, retryAfterMs: 500 });
      if (rows === 1 || Buffer.byteLength(JSON.stringify(page)) <= PAGE_BYTES) return page;
    }
  }

  private projection(kind: string): string {
    const name = this.projectionOf.get(kind);
    if (!name) throw new Rejection('not_found', { detail: `No view ${kind} here.` });
    return name;
  }
}
