import type { RowAt, RowKey, RowName, RowOf, ViewDefinition, ViewDelta } from '@agencyos/contracts';

/** A view as the gateway sends it: over REST at once, over the WebSocket perhaps in parts. */
export interface ViewSnapshot {
  epoch: string;
  revision: number;
  /** Log position of the first fact that the view lacks. */
  incompleteSince?: number;
  rows: Record<string, unknown>;
  /** Parts of it are still to come. */
  more?: boolean;
}

/** Changes of the rows, or one more part of a snapshot. */
export type Delta = Pick<ViewDelta, 'epoch' | 'from' | 'to' | 'ops'> & Pick<ViewSnapshot, 'more'>;

/** What became of a delta: `gap` means that one before it is missing, so the view has to be asked for again. */
export type Applied = 'applied' | 'ignored' | 'gap';

/** Rows of one view at one revision, as its schema says. Revisions are log positions: they grow, but not by one. */
export class ViewRows<V extends ViewDefinition = ViewDefinition> {
  epoch = '';
  revision = -1;
  /** Log position of the first fact that the view lacks. */
  incompleteSince: number | undefined;
  /** Every part of the last snapshot is here: from it a subscription can be resumed. */
  whole = false;
  /** By key, such as `card/<id>`. */
  readonly rows = new Map<string, unknown>();

  get loaded(): boolean {
    return this.revision >= 0;
  }

  /** Rows whose key starts with `<name>/`, in no particular order. */
  list<N extends RowName<V>>(name: N): RowOf<V, N>[] {
    const found: RowOf<V, N>[] = [];
    for (const [key, row] of this.rows) if (key.startsWith(`${name}/`)) found.push(row as RowOf<V, N>);
    return found;
  }

  row<K extends RowKey<V>>(key: K): RowAt<V, K> | undefined {
    return this.rows.get(key) as RowAt<V, K> | undefined;
  }

  replace({ epoch, revision, incompleteSince, rows, more = false }: ViewSnapshot): void {
    this.epoch = epoch;
    this.revision = revision;
    this.incompleteSince = incompleteSince;
    this.whole = !more;
    const before = new Map(this.rows);
    this.rows.clear();
    for (const [key, row] of Object.entries(rows)) this.rows.set(key, kept(before.get(key), row));
  }

  apply({ epoch, from, to, ops, more = false }: Delta): Applied {
    if (!this.loaded || epoch !== this.epoch) return 'gap';
    // A large snapshot goes on in deltas from its revision to the same revision.
    if (from !== this.revision) return to <= this.revision ? 'ignored' : 'gap';
    for (const op of ops) {
      if (op.op === 'put') this.rows.set(op.key, op.value);
      else this.rows.delete(op.key);
    }
    this.revision = to;
    this.whole ||= !more;
    return 'applied';
  }
}

/** Keeps the identity of a row that a new snapshot repeats unchanged, so that nothing is drawn again. */
function kept(before: unknown, after: unknown): unknown {
  return before !== undefined && JSON.stringify(before) === JSON.stringify(after) ? before : after;
}
