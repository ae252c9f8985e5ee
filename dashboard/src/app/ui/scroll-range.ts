import { DestroyRef, computed, inject, signal, type Signal } from '@angular/core';

/** Rows are asked for in steps of this many, a step before what is seen and more behind it. */
const STEP = 50;
export const ROWS = 4 * STEP;
/** Where nobody has stopped scrolling yet, nothing is asked for, ms. */
const SETTLED_MS = 60;

/** What of a long list is on the screen, where every row has the same height: the rest of it is empty space. */
export function scrollRange(window: {
  total: Signal<number>;
  offset: Signal<number>;
  rows: Signal<readonly unknown[]>;
}) {
  const height = signal(0);
  const offset = signal(0);
  let timer: ReturnType<typeof setTimeout> | undefined;
  inject(DestroyRef).onDestroy(() => clearTimeout(timer));
  return {
    /** From which row on rows are to be asked for. */
    offset: offset.asReadonly(),
    /** Empty space above and below the rows, px. */
    above: computed(() => window.offset() * height()),
    below: computed(() => Math.max(0, window.total() - window.offset() - window.rows().length) * height()),
    /** Called with what scrolls and the element that holds the rows. */
    scrolled(
      scroller: HTMLElement,
      list: HTMLElement | undefined,
      row: HTMLElement | null | undefined,
    ): void {
      if (!list || !row || row.offsetHeight === 0) return;
      height.set(row.offsetHeight);
      clearTimeout(timer);
      timer = setTimeout(() => {
        const top = scroller.getBoundingClientRect().top - list.getBoundingClientRect().top;
        const first = Math.floor(Math.max(0, top) / height());
        offset.set(Math.max(0, Math.floor(first / STEP) * STEP - STEP));
      }, SETTLED_MS);
    },
    /** Other rows are looked at. */
    begin(): void {
      clearTimeout(timer);
      offset.set(0);
    },
  };
}

export type ScrollRange = ReturnType<typeof scrollRange>;
