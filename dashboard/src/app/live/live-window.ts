import { DestroyRef, computed, effect, inject, signal, untracked, type Signal } from '@angular/core';
import type { AskedOf, LiveWindow as Rows } from '@agencyos/client';
import type { ViewKind, ViewOfKind, WindowAsked, WindowRow } from '@agencyos/contracts';
import { comparePlaces, fieldValue, orderOf } from '@agencyos/contracts/window-order';
import { LiveClient, liveView } from './live-client';
import type { LiveView } from './live-view';

/** Part of a view as signals: its rows in order, how many there are in all, and how many come before. */
export interface LiveWindow<K extends ViewKind> {
  readonly status: Signal<ReturnType<LiveView['status']>>;
  readonly rows: Signal<readonly WindowRow<ViewOfKind<K>>[]>;
  readonly total: Signal<number>;
  readonly offset: Signal<number>;
  /** Log position of the first fact that the view lacks. */
  readonly incompleteSince: Signal<number | undefined>;
}

/** What a window would show, of the whole view. */
function partOf(
  view: LiveView,
  { filter = {}, text = '', order, offset = 0, limit }: WindowAsked & { order: string },
) {
  view.revision();
  const { field, descending } = orderOf(order);
  const fits = (row: object) =>
    Object.entries(filter).every(([name, values]) => values.includes(fieldValue(row, name))) &&
    Object.values(row).some(
      (value) => typeof value === 'string' && value.toLowerCase().includes(text.toLowerCase()),
    );
  const all = [...(view.rows.rows as Map<string, object>)]
    .filter(([, row]) => fits(row))
    .map(([key, row]) => ({ key, row, value: fieldValue(row, field) }))
    .sort((a, b) => comparePlaces(a, b, descending));
  return { rows: all.slice(offset, offset + limit).map(({ row }) => row), total: all.length, offset };
}

/**
 * A window, for the life of the calling component or store; the whole view where the viewer may have none, as some board is
 * hidden from them. When what is asked for changes, its rows stay until the new ones are here. Must be called in an
 * injection context.
 */
export function liveWindow<K extends ViewKind>(
  kind: K,
  id: string,
  asked: Signal<AskedOf<ViewOfKind<K>>>,
): LiveWindow<K> {
  const client = inject(LiveClient);
  const changed = signal(0);
  let window: Rows<ViewOfKind<K>> | undefined;
  effect(() => {
    const wanted = asked();
    untracked(() => {
      if (window) return client.lookElsewhere(window, wanted);
      window = client.window(kind, id, wanted);
      window.onChange(() => changed.update((n) => n + 1));
      changed.update((n) => n + 1);
    });
  });
  inject(DestroyRef).onDestroy(() => window && client.closeWindow(window));
  const of = <T>(read: (window: Rows<ViewOfKind<K>>) => T, before: T) =>
    computed(() => (changed(), window ? read(window) : before));
  const status = of(({ status }) => status, 'loading');
  const whole = liveView(
    kind,
    computed(() => (status() === 'forbidden' ? id : undefined)),
  ) as unknown as Signal<LiveView | undefined>;
  const part = computed(() => {
    const view = whole();
    return view && partOf(view, asked() as unknown as WindowAsked & { order: string });
  });
  const rows = of(({ rows }) => rows.map(({ row }) => row), []);
  const total = of(({ total }) => total, 0);
  const offset = of(({ offset }) => offset, 0);
  const incompleteSince = of(({ incompleteSince }) => incompleteSince, undefined);
  return {
    status: computed(() => whole()?.status() ?? (status() === 'forbidden' ? 'loading' : status())),
    rows: computed(() => (part()?.rows as WindowRow<ViewOfKind<K>>[] | undefined) ?? rows()),
    total: computed(() => part()?.total ?? total()),
    offset: computed(() => part()?.offset ?? offset()),
    incompleteSince: computed(() => whole()?.incompleteSince() ?? incompleteSince()),
  };
}
