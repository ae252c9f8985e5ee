import { ElementRef, Injector, afterNextRender, effect, inject, type Signal } from '@angular/core';

const DURATION_MS = 180;
/** One flash where a card arrived by another hand. */
const BEAT_MS = 400;
const EASING = 'cubic-bezier(.2, 0, 0, 1)';
/** Above this many changes within a second, they are applied without motion. */
const BUSY = 20;

/**
 * Lets cards travel to their new places. `placement` must change exactly when they may move; its effect runs before
 * the template is drawn again, so what it measures is where they were. Must be called in a component's constructor.
 */
export function flipCards(placement: Signal<unknown>, quiet: () => boolean): void {
  const host = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
  const injector = inject(Injector);
  const still = matchMedia('(prefers-reduced-motion: reduce)');
  const changes: number[] = [];

  effect(() => {
    placement();
    const now = performance.now();
    changes.push(now);
    while (changes[0] !== undefined && now - changes[0] > 1000) changes.shift();
    if (still.matches || quiet() || changes.length > BUSY || document.visibilityState === 'hidden') return;
    const before = placesOf(host);
    if (before.size === 0) return;
    afterNextRender({ read: () => travel(host, before) }, { injector });
  });
}

function placesOf(host: HTMLElement): Map<string, DOMRect> {
  const places = new Map<string, DOMRect>();
  for (const card of host.querySelectorAll<HTMLElement>('[data-card-id]')) {
    const place = card.getBoundingClientRect();
    if (place.bottom > 0 && place.top < innerHeight) places.set(card.dataset['cardId'] ?? '', place);
  }
  return places;
}

function travel(host: HTMLElement, before: ReadonlyMap<string, DOMRect>): void {
  for (const card of host.querySelectorAll<HTMLElement>('[data-card-id]')) {
    const from = before.get(card.dataset['cardId'] ?? '');
    if (!from) continue;
    const to = card.getBoundingClientRect();
    const dx = from.left - to.left;
    const dy = from.top - to.top;
    if (Math.abs(dx) < 1 && Math.abs(dy) < 1) continue;
    if (Math.abs(dx) < 1) slide(card, 0, dy);
    else fly(host, card, from, to);
  }
}

const slide = (element: HTMLElement, dx: number, dy: number) =>
  element.animate([{ transform: `translate(${dx}px, ${dy}px)` }, { transform: 'none' }], {
    duration: DURATION_MS,
    easing: EASING,
  });

/** From column to column a copy travels above the board, because columns clip what leaves them. */
function fly(host: HTMLElement, card: HTMLElement, from: DOMRect, to: DOMRect): void {
  const copy = card.cloneNode(true) as HTMLElement;
  copy.removeAttribute('id');
  copy.removeAttribute('data-card-id');
  copy.setAttribute('aria-hidden', 'true');
  copy.inert = true;
  Object.assign(copy.style, {
    position: 'fixed',
    left: `${to.left}px`,
    top: `${to.top}px`,
    width: `${to.width}px`,
    height: `${to.height}px`,
    margin: '0',
    zIndex: 'var(--z-drag)',
    pointerEvents: 'none',
  });
  host.append(copy);
  card.style.visibility = 'hidden';
  const arrive = () => {
    copy.remove();
    card.style.visibility = '';
    card.animate([{ backgroundColor: 'var(--st-progress-tint)' }, {}], { duration: BEAT_MS, easing: EASING });
  };
  slide(copy, from.left - to.left, from.top - to.top).finished.then(arrive, arrive);
}
