import {
  describeView,
  ViewQuery,
  windowFault,
  WindowSight,
  type ViewDefinition,
  type ViewPage,
  type WindowAsked,
  type WindowPage,
} from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';
import type { DataSource } from 'typeorm';
import type { ViewRows } from '../define-projection.js';
import { invalid } from '../problem.js';
import type { Projection } from '../service-definition.js';
import { readViewPage } from './tables.js';
import { readViewWindow } from './view-window.js';

/** Rows per page; a page must fit into one NATS message. */
const PAGE_ROWS = 500;
const PAGE_BYTES = 700 * 1024;

/** Read side of this service's own projections. */
export class Views {
  private readonly projectionOf = new Map<string, Projection>();

  constructor(private readonly database: DataSource) {}

  register(projections: Projection[]): void {
    for (const projection of projections) for (const { kind } of projection.views) this.projectionOf.set(kind, projection);
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
      [this.projection(kind).name, kind, id, key],
    )) as { value: T }[];
    return row?.value;
  }

  private async rows<T>(kind: string, id: string, prefix: string): Promise<Array<[string, T]>> {
    const rows = (await this.database.query(
      `SELECT r.key, r.value FROM view_row r JOIN projection p ON p.epoch = r.epoch AND p.active
       WHERE p.name = $1 AND r.kind = $2 AND r.id = $3 AND starts_with(r.key, $4) ORDER BY r.key`,
      [this.projection(kind).name, kind, id, prefix],
    )) as { key: string; value: T }[];
    return rows.map(({ key, value }) => [key, value]);
  }

  /** Answer to a view query. @throws Rejection */
  async answer(kind: string, query: unknown): Promise<ViewPage | WindowPage> {
    const parsed = ViewQuery.safeParse(query);
    if (!parsed.success) throw invalid(parsed.error);
    const view = describeView(kind);
    if (!view) throw new Rejection('not_found', { detail: `No view ${kind}.` });
    const { id, after, window } = parsed.data;
    return window ? this.window(view, id, window) : this.page(kind, id, after);
  }

  private async page(kind: string, id: string, after: string | undefined): Promise<ViewPage> {
    for (let rows = PAGE_ROWS; ; rows = Math.ceil(rows / 4)) {
      const page = await readViewPage(this.database, this.projection(kind).name, kind, id, after, rows);
      if (!page) throw isBuilt(kind);
      if (rows === 1 || Buffer.byteLength(JSON.stringify(page)) <= PAGE_BYTES) return page;
    }
  }

  private async window(view: ViewDefinition, id: string, asked: WindowAsked): Promise<WindowPage> {
    const { kind, window } = view;
    const fault = windowFault(view, asked);
    if (!window || fault) throw new Rejection('unknown_field', { ...fault }, 400);
    const page = await readViewWindow(this.database, this.projection(kind), kind, id, new WindowSight(window, asked));
    if (!page) throw isBuilt(kind);
    return page;
  }

  private projection(kind: string): Projection {
    const projection = this.projectionOf.get(kind);
    if (!projection) throw new Rejection('not_found', { detail: `No view ${kind} here.` });
    return projection;
  }
}

const isBuilt = (kind: string) => new Rejection('busy', { detail: `The view ${kind} is being built.`, retryAfterMs: 500 });
