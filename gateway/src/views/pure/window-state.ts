import {
  windowEntry,
  type ViewDelta,
  type ViewOp,
  type WindowPage,
  type WindowPlace,
  type WindowSight,
} from '@agencyos/contracts';
import { changesBetween } from './changes-between.js';

/** What a change does to a window: nothing, or rows it shows and perhaps its counts, or it has to be read again. */
export type WindowEffect = { reads: 'none' | 'counts'; ops: ViewOp[] } | { reads: 'rows' };

/** One window as this gateway knows it: the rows of its range alone, and where they stand among all that fit. */
export class WindowState {
  readonly epoch: string;
  revision: number;
  readonly incompleteSince: number | undefined;
  total: number;
  offset: number;
  /** In order. */
  readonly rows: Map<string, unknown>;
  private readonly first: WindowPlace | undefined;
  private readonly last: WindowPlace | undefined;
  /** More would fit into it, so that whatever comes after its rows is in it. */
  private readonly open: boolean;

  constructor(
    private readonly sight: WindowSight,
    { epoch, revision, incompleteSince, total, offset, limit, rows }: WindowPage,
  ) {
    this.epoch = epoch;
    this.revision = revision;
    this.incompleteSince = incompleteSince;
    this.total = total;
    this.offset = offset;
    this.rows = new Map(rows.map(({ key, row }) => [key, row]));
    const place = (one: WindowPage['rows'][number] | undefined) => one && sight.place(one.key, one.row);
    this.first = place(rows[0]);
    this.last = place(rows.at(-1));
    this.open = rows.length < limit;
  }

  /**
   * Where it stays when what comes before grows or shrinks: at its first row's place. One that was asked for from the
   * very beginning stays there, and one beyond the end has no place.
   */
  get anchor(): WindowPlace | undefined {
    const { offset = 0, from } = this.sight.asked;
    return offset > 0 || from ? this.first : undefined;
  }

  /** Takes what a change does to rows that stay where they are; the rest is for whoever asks the view's owner. */
  apply({ to, ops }: Pick<ViewDelta, 'to' | 'ops'>): WindowEffect {
    const changed: ViewOp[] = [];
    let reads: 'none' | 'counts' = 'none';
    for (const op of ops) {
      if (!this.sight.has(op.key)) continue;
      const isShown = this.rows.has(op.key);
      const stays = op.op === 'put' && this.sight.fits(windowEntry(this.sight.rule, op.value));
      const place = stays ? this.sight.place(op.key, op.value) : undefined;
      if (isShown) {
        if (!place || this.sight.compare(place, this.sight.place(op.key, this.rows.get(op.key))) !== 0) return { reads: 'rows' };
        changed.push(op);
      } else if (place && this.includes(place)) return { reads: 'rows' };
      else reads = 'counts';
    }
    for (const op of changed) if (op.op === 'put') this.rows.set(op.key, op.value);
    this.revision = to;
    return { reads, ops: changed };
  }

  counted({ total, offset }: Pick<WindowPage, 'total' | 'offset'>): void {
    this.total = total;
    this.offset = offset;
  }

  /** What makes this one the newer reading. */
  differenceTo({ rows }: Pick<WindowState, 'rows'>): ViewOp[] {
    return changesBetween(this.rows, rows);
  }

  private includes(place: WindowPlace): boolean {
    if (this.sight.asked.limit === 0) return false;
    // It is empty or lies beyond the end.
    if (!this.last) return true;
    if (this.anchor && this.sight.compare(place, this.anchor) < 0) return false;
    return this.open || this.sight.compare(place, this.last) < 0;
  }
}
