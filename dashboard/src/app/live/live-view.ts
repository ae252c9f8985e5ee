import { computed, signal, type Signal } from '@angular/core';
import type { RowAt, RowKey, RowName, RowOf, ViewDefinition } from '@agencyos/contracts';
import { ViewRows, type Applied, type Delta, type Snapshot } from './view-rows';

/** `loading` until the first snapshot; `forbidden` and `failed` come from the server. */
export type ViewStatus = 'loading' | 'ready' | 'forbidden' | 'failed';

/**
 * One subscribed view as signals, its rows as its schema says. They are replaced one by one, so an unchanged row keeps its
 * identity.
 */
export class LiveView<V extends ViewDefinition = ViewDefinition> {
  private readonly state = new ViewRows();
  private readonly changed = signal(0);
  private readonly statusSignal = signal<ViewStatus>('loading');
  private readonly detailSignal = signal('');
  /** Readers hold it; the client drops it a while after the last one left. */
  readers = 0;
  /** Resolves once nothing more is read ahead of the connection. */
  ahead: Promise<void> = Promise.resolve();

  readonly status: Signal<ViewStatus> = this.statusSignal.asReadonly();
  readonly detail: Signal<string> = this.detailSignal.asReadonly();
  /** Log position of the first fact that the view lacks. */
  readonly incompleteSince = signal<number | undefined>(undefined);
  readonly revision = computed(() => (this.changed(), this.state.revision));

  constructor(
    readonly kind: string,
    readonly id: string,
  ) {}

  /** Rows whose key starts with `<name>/`, in no particular order. */
  list<N extends RowName<V>>(name: N): RowOf<V, N>[] {
    this.changed();
    const found: RowOf<V, N>[] = [];
    for (const [key, row] of this.state.rows) if (key.startsWith(`${name}/`)) found.push(row as RowOf<V, N>);
    return found;
  }

  row<K extends RowKey<V>>(key: K): RowAt<V, K> | undefined {
    this.changed();
    return this.state.rows.get(key) as RowAt<V, K> | undefined;
  }

  /** What a subscription says, so that the server can resume instead of sending everything. */
  get cursor(): { epoch?: string; revision?: number } {
    return this.state.whole ? { epoch: this.state.epoch, revision: this.state.revision } : {};
  }

  replace(snapshot: Snapshot): void {
    this.state.replace(snapshot);
    this.incompleteSince.set(snapshot.incompleteSince);
    this.statusSignal.set('ready');
    this.changed.update((n) => n + 1);
  }

  apply(delta: Delta): Applied {
    const result = this.state.apply(delta);
    if (result === 'applied') this.changed.update((n) => n + 1);
    return result;
  }

  fail(code: string, detail: string): void {
    // Whoever keeps the view does not answer right now; the rows follow as soon as it does.
    if (code === 'busy') return;
    this.statusSignal.set(code === 'forbidden' ? 'forbidden' : 'failed');
    this.detailSignal.set(detail || code);
  }
}
