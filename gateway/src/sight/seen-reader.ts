import type { ViewDelta } from '@agencyos/contracts';
import { isRejection } from '@agencyos/decider';
import { pause } from '@agencyos/runtime';
import type { Caller } from '../identity/caller.js';
import { ViewState } from '../views/pure/view-state.js';
import type { ViewReader } from '../views/view-cache.js';
import { epochWith, seenOps, seenView } from './seen-view.js';
import type { Sight } from './sight.js';

const AGAIN_MS = 250;

/**
 * Between a view and one reader of it: passes on what the caller sees, in order. While nothing is hidden from anybody it
 * passes everything on as it is, at once.
 */
export class SeenReader implements ViewReader {
  private readonly hidden = new Set<string>();
  private turn: Promise<void> | undefined;
  private ended = false;

  constructor(
    private readonly sight: Sight,
    private readonly caller: Caller,
    private readonly reader: ViewReader,
    /** What is hidden from the caller, as it was when they began: with another sight they begin anew. */
    private readonly key: string,
  ) {}

  snapshot(view: ViewState, resync: boolean): void {
    if (this.key === '' && !this.turn && this.seesAtOnce(view)) return this.reader.snapshot(view, resync);
    // As it is now: later changes come as deltas behind it.
    const rows = new Map(view.rows);
    const { kind, id, epoch, revision, incompleteSince } = view;
    const now = new ViewState(kind, id, epoch, revision, rows, incompleteSince);
    this.then(async () => {
      const seen = await seenView(this.sight, this.caller, now);
      this.hidden.clear();
      for (const key of rows.keys()) if (!seen.rows.has(key)) this.hidden.add(key);
      this.reader.snapshot(seen, resync);
    });
  }

  delta(delta: ViewDelta): void {
    if (this.key === '' && !this.turn && delta.ops.every((op) => op.op === 'del' || this.seesOp(delta, op)))
      return this.reader.delta(delta);
    this.then(async () => {
      const ops = await seenOps(this.sight, this.caller, delta, delta.ops, this.hidden);
      this.reader.delta({ ...delta, epoch: epochWith(delta.epoch, this.key), ops });
    });
  }

  failed(error: unknown, final: boolean): void {
    if (!this.turn) return this.reader.failed(error, final);
    this.then(async () => this.reader.failed(error, final));
  }

  end(): void {
    this.ended = true;
  }

  private seesAtOnce({ kind, id, rows }: ViewState): boolean {
    for (const [key, row] of rows) if (this.sight.seesRow(this.caller, kind, id, key, row) !== true) return false;
    return true;
  }

  private seesOp({ kind, id }: ViewDelta, op: { key: string; value?: unknown }): boolean {
    return this.sight.seesRow(this.caller, kind, id, op.key, op.value) === true;
  }

  private then(act: () => Promise<void>): void {
    const turn = (this.turn ?? Promise.resolve())
      .then(() => this.patiently(act))
      .catch((error: unknown) => {
        if (!this.ended) this.reader.failed(error, true);
        this.ended = true;
      })
      .finally(() => {
        if (this.turn === turn) this.turn = undefined;
      });
    this.turn = turn;
  }

  /** Until somebody can say whose it is. */
  private async patiently(act: () => Promise<void>): Promise<void> {
    while (!this.ended) {
      try {
        return await act();
      } catch (error) {
        if (!isRejection(error) || error.status < 500) throw error;
        await pause(AGAIN_MS);
      }
    }
  }
}
