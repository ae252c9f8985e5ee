import type { Fact, ViewHead } from '@agencyos/contracts';
import type { DataSource, EntityManager } from 'typeorm';
import type { Projection, RowStore } from '../service-definition.js';

export interface ViewRef {
  kind: string;
  id: string;
}

/** Of every view of the projection: what the fact would have changed cannot be told. */
const ANY: ViewRef = { kind: '', id: '' };

/** Views of one epoch that lack facts, each with the position of the first one. */
export class ViewGaps {
  private readonly gaps = new Map<string, number>();

  constructor(private readonly epoch: string) {}

  async load(database: DataSource): Promise<void> {
    const rows = (await database.query('SELECT kind, id, position::float8 AS position FROM view_gap WHERE epoch = $1', [
      this.epoch,
    ])) as (ViewRef & { position: number })[];
    for (const { position, ...view } of rows) this.gaps.set(keyOf(view), position);
  }

  /** Written with what leaves the fact out. */
  async add(manager: EntityManager, views: readonly ViewRef[], position: string): Promise<void> {
    for (const { kind, id } of views) {
      await manager.query('INSERT INTO view_gap (epoch, kind, id, position) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING', [
        this.epoch,
        kind,
        id,
        position,
      ]);
    }
  }

  /** Once that is committed. Returns those that are marked from now on. */
  note(views: readonly ViewRef[], position: string): ViewRef[] {
    const marked = views.filter((view) => !this.gaps.has(keyOf(view)));
    for (const view of marked) this.gaps.set(keyOf(view), Number(position));
    return marked;
  }

  mark<T extends ViewRef>(head: T): T & Pick<ViewHead, 'incompleteSince'> {
    if (this.gaps.size === 0) return head;
    const known = [this.gaps.get(keyOf(head)), this.gaps.get(keyOf(ANY))].filter((position) => position !== undefined);
    return known.length > 0 ? { ...head, incompleteSince: Math.min(...known) } : head;
  }
}

/** Views that a fact would have changed: those it names before it fails. */
export async function viewsOf(fact: Fact, projection: Projection, rows: Pick<RowStore, 'get' | 'list'>): Promise<ViewRef[]> {
  const touched = new Map<string, ViewRef>();
  const touch = (kind: string, id: string) => void touched.set(keyOf({ kind, id }), { kind, id });
  const rehearsal: RowStore = { get: rows.get.bind(rows), list: rows.list.bind(rows), put: touch, del: touch };
  try {
    await projection.project(fact, rehearsal);
    return [...touched.values()];
  } catch {
    return [ANY];
  }
}

const keyOf = ({ kind, id }: ViewRef) => `${kind} ${id}`;
