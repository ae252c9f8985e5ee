import type { ViewDelta } from '@agencyos/contracts';
import { changesBetween } from './changes-between.js';

/** How many deltas are kept for readers that resume. */
const KEPT_DELTAS = 1_000;

/** One view as this gateway knows it: rows at a revision, and the way there. */
export class ViewState {
  private readonly deltas: ViewDelta[] = [];

  constructor(
    readonly kind: string,
    readonly id: string,
    readonly epoch: string,
    public revision: number,
    readonly rows: Map<string, unknown>,
    /** It lacks facts from this position of the log on. */
    readonly incompleteSince?: number,
  ) {}

  /** `gap`: something is missing in between. `old`: known already. */
  apply(delta: ViewDelta): 'applied' | 'old' | 'gap' {
    if (delta.epoch !== this.epoch || delta.from > this.revision) return 'gap';
    // A fact that was set aside and could be projected after all changes rows where the view stands already.
    const late = delta.from === this.revision && delta.ops.length > 0;
    if (delta.to <= this.revision && !late) return 'old';
    if (delta.from < this.revision) return 'gap';
    for (const op of delta.ops) {
      if (op.op === 'put') this.rows.set(op.key, op.value);
      else this.rows.delete(op.key);
    }
    this.revision = delta.to;
    this.deltas.push(delta);
    if (this.deltas.length > KEPT_DELTAS) this.deltas.shift();
    return 'applied';
  }

  /** What a reader at `revision` misses; undefined when it cannot be told any more. */
  since(revision: number): ViewDelta[] | undefined {
    const first = this.deltas.findIndex(({ from }) => from === revision);
    if (first >= 0) return this.deltas.slice(first);
    return revision === this.revision ? [] : undefined;
  }

  /** The delta from here to a newer reading of the same epoch. */
  differenceTo(newer: ViewState): ViewDelta {
    const ops = changesBetween(this.rows, newer.rows);
    const { kind, id, epoch } = this;
    return { kind, id, epoch, from: this.revision, to: newer.revision, ops };
  }
}
