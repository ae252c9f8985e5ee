import type { ViewDefinition, WindowAsked, WindowOf, WindowRow } from '@agencyos/contracts';
import { comparePlaces, fieldValue, orderOf, type WindowPlace } from '@agencyos/contracts/window-order';
import { Listeners } from './listeners.js';
import { ViewError, type ViewStatus } from './live-view.js';
import type { Applied, Delta } from './view-rows.js';

/** What is sent of a window; the server knows by which field it is ordered where nobody says. */
export type Asked = WindowAsked & { order: string };

export interface WindowSnapshot {
  epoch: string;
  revision: number;
  incompleteSince?: number;
  total: number;
  offset: number;
  rows: { key: string; row: unknown }[];
}
export type WindowChange = Pick<Delta, 'epoch' | 'from' | 'to' | 'ops'> & Pick<WindowSnapshot, 'total' | 'offset'>;

/** Rows of a view that fit a filter, in an order, from a place on: as many as are looked at, however many there are. */
export class LiveWindow<V extends ViewDefinition = ViewDefinition> {
  status: ViewStatus = 'loading';
  /** Why it is `forbidden` or `failed`. */
  error: ViewError | undefined;
  /** Rows that fit in all. */
  total = 0;
  /** Those of them that come before the first one here. */
  offset = 0;
  epoch = '';
  revision = -1;
  incompleteSince: number | undefined;
  /** In order. */
  rows: readonly { key: string; row: WindowRow<V> }[] = [];
  /** Of the present subscription; what comes under another name is of one before. */
  name = '';
  private readonly changes = new Listeners<this>();

  constructor(
    readonly kind: string,
    readonly id: string,
    /** What is looked at. */
    public asked: Asked,
  ) {}

  /** Called after every change of its rows, counts or status. @returns ends it */
  onChange(listener: (window: this) => void): () => void {
    return this.changes.add(listener);
  }

  /** What a subscription says that goes on where this one was: at the same place, and with nothing if it is all here. */
  get resumed(): Asked & { epoch?: string; revision?: number } {
    const { epoch, revision, asked } = this;
    if (revision < 0) return asked;
    const [first] = this.rows;
    const { offset, from, ...rest } = asked;
    const began = { ...(offset !== undefined && { offset }), ...(from && { from }) };
    const stays = (offset || from) && first ? { from: this.place(first.key, first.row) } : began;
    return { ...rest, ...stays, epoch, revision };
  }

  replace({ epoch, revision, incompleteSince, total, offset, rows }: WindowSnapshot): void {
    const before = new Map(this.rows.map((one) => [one.key, one]));
    Object.assign(this, { epoch, revision, incompleteSince, total, offset });
    this.rows = rows.map(({ key, row }) => {
      const known = before.get(key);
      // What is repeated unchanged keeps its identity, so that nothing is drawn again.
      return known && JSON.stringify(known.row) === JSON.stringify(row) ? known : { key, row: row as WindowRow<V> };
    });
    this.status = 'ready';
    this.error = undefined;
    this.changes.tell(this);
  }

  apply({ epoch, from, to, total, offset, ops }: WindowChange): Applied {
    if (epoch !== this.epoch || from > this.revision) return 'gap';
    if (from < this.revision) return to <= this.revision ? 'ignored' : 'gap';
    if (ops.length > 0) {
      const rows = new Map(this.rows.map((one) => [one.key, one]));
      for (const op of ops) {
        if (op.op === 'put') rows.set(op.key, { key: op.key, row: op.value as WindowRow<V> });
        else rows.delete(op.key);
      }
      const { descending } = orderOf(this.asked.order);
      this.rows = [...rows.values()].sort((a, b) =>
        comparePlaces(this.place(a.key, a.row), this.place(b.key, b.row), descending),
      );
    }
    this.revision = to;
    this.total = total;
    this.offset = offset;
    this.changes.tell(this);
    return 'applied';
  }

  fail(code: string, detail: string): void {
    // Whoever keeps the view does not answer right now; the rows follow as soon as it does.
    if (code === 'busy') return;
    this.status = code === 'forbidden' ? 'forbidden' : 'failed';
    this.error = new ViewError(code, detail || code);
    this.changes.tell(this);
  }

  private place(key: string, row: unknown): WindowPlace {
    return { value: fieldValue(row, orderOf(this.asked.order).field), key };
  }
}

/** A window's order is said in every request: the client puts its rows in it. */
export type AskedOf<V extends ViewDefinition> = WindowOf<V> & { order: string };
