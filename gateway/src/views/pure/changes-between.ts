import type { ViewOp } from '@agencyos/contracts';

/** What makes the rows of one reading those of a newer one. */
export function changesBetween(before: ReadonlyMap<string, unknown>, after: ReadonlyMap<string, unknown>): ViewOp[] {
  const ops: ViewOp[] = [];
  for (const [key, value] of after) {
    if (!before.has(key) || !sameJson(before.get(key), value)) ops.push({ op: 'put', key, value });
  }
  for (const key of before.keys()) if (!after.has(key)) ops.push({ op: 'del', key });
  return ops;
}

const sameJson = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b);
