import type { ViewDefinition } from '@agencyos/contracts';
import { Listeners } from './listeners.js';
import { type Applied, type Delta, type ViewSnapshot, ViewRows } from './view-rows.js';

/** `loading` until the first snapshot; `forbidden` and `failed` come from the server. */
export type ViewStatus = 'loading' | 'ready' | 'forbidden' | 'failed';

/** A view that cannot be had, in the words of the server. */
export class ViewError extends Error {
  constructor(
    readonly code: string,
    detail: string,
  ) {
    super(detail);
  }
}

/** One subscribed view. Its rows are replaced one by one, so an unchanged row keeps its identity. */
export class LiveView<V extends ViewDefinition = ViewDefinition> extends ViewRows<V> {
  status: ViewStatus = 'loading';
  /** Why it is `forbidden` or `failed`. */
  error: ViewError | undefined;
  /** Readers hold it; it is dropped a while after the last one left. */
  readers = 0;
  private readonly changes = new Listeners<this>();

  constructor(
    readonly kind: string,
    readonly id: string,
  ) {
    super();
  }

  /** Called after every change of its rows or its status. @returns ends it */
  onChange(listener: (view: this) => void): () => void {
    return this.changes.add(listener);
  }

  /** Resolves as soon as all its rows are here and satisfy the condition. @throws ViewError when it cannot be had */
  until(condition: (view: this) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (this.error) reject(this.error);
        else if (this.whole && condition(this)) resolve();
        else return;
        end();
      };
      const end = this.onChange(look);
      look();
    });
  }

  /** What a subscription says, so that the server can resume instead of sending everything. */
  get cursor(): { epoch?: string; revision?: number } {
    return this.whole ? { epoch: this.epoch, revision: this.revision } : {};
  }

  override replace(snapshot: ViewSnapshot): void {
    super.replace(snapshot);
    this.status = 'ready';
    this.error = undefined;
    this.changes.tell(this);
  }

  override apply(delta: Delta): Applied {
    const applied = super.apply(delta);
    if (applied === 'applied') this.changes.tell(this);
    return applied;
  }

  fail(code: string, detail: string): void {
    // Whoever keeps the view does not answer right now; the rows follow as soon as it does.
    if (code === 'busy') return;
    this.status = code === 'forbidden' ? 'forbidden' : 'failed';
    this.error = new ViewError(code, detail || code);
    this.changes.tell(this);
  }
}
