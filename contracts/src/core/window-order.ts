import { startOfText } from './cut-text.js';

/** Where a row stands in an order: the value of the field that it is ordered by, then its key. */
export interface WindowPlace {
  value: string;
  key: string;
}

/** So much of a field is compared. */
const COMPARED = 200;

/** A field as it is ordered and filtered by; one that is absent comes before all others. */
export function fieldValue(row: unknown, field: string): string {
  const value = (row as Record<string, unknown>)[field];
  return typeof value === 'string' ? startOfText(value, COMPARED) : '';
}

/** As PostgreSQL's collation "C" does: by code points, which is the order of UTF-8's bytes, not of UTF-16's units. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let n = 0; n < length; n++) {
    const [one, other] = [a.charCodeAt(n), b.charCodeAt(n)];
    if (one !== other) return isHalf(one) === isHalf(other) ? one - other : isHalf(one) ? 1 : -1;
  }
  return a.length - b.length;
}

/** Below 0 where `a` comes first. */
export function comparePlaces(a: WindowPlace, b: WindowPlace, descending: boolean): number {
  const order = compareText(a.value, b.value) || compareText(a.key, b.key);
  return descending ? -order : order;
}

/** `-startedAt`: by that field, the largest first. */
export const orderOf = (order: string): { field: string; descending: boolean } =>
  order.startsWith('-') ? { field: order.slice(1), descending: true } : { field: order, descending: false };

/** Halves of characters beyond the first 65,536, which come after every whole unit. */
const isHalf = (unit: number): boolean => (unit & 0xf800) === 0xd800;
