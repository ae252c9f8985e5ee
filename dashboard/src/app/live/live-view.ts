import { computed, signal } from '@angular/core';
import type { LiveView as Rows } from '@agencyos/client';
import type { RowKey, RowName, ViewDefinition } from '@agencyos/contracts';

/** One subscribed view as signals: whatever reads it is told when it changes. */
export class LiveView<V extends ViewDefinition = ViewDefinition> {
  private readonly changed = signal(0);
  /** Resolves once nothing more is read ahead of the connection. */
  ahead: Promise<void> = Promise.resolve();

  readonly status = computed(() => (this.changed(), this.rows.status));
  readonly detail = computed(() => (this.changed(), this.rows.error?.message ?? ''));
  /** Log position of the first fact that the view lacks. */
  readonly incompleteSince = computed(() => (this.changed(), this.rows.incompleteSince));
  readonly revision = computed(() => (this.changed(), this.rows.revision));

  constructor(readonly rows: Rows<V>) {
    rows.onChange(() => this.changed.update((n) => n + 1));
  }

  get kind(): string {
    return this.rows.kind;
  }

  get id(): string {
    return this.rows.id;
  }

  get readers(): number {
    return this.rows.readers;
  }

  /** See {@link Rows.list}. */
  list<N extends RowName<V>>(name: N) {
    this.changed();
    return this.rows.list(name);
  }

  row<K extends RowKey<V>>(key: K) {
    this.changed();
    return this.rows.row(key);
  }
}
