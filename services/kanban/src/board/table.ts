/**
 * A map by UUID that shares what did not change: `evolve` stays pure without copying 20,000 cards per event.
 * Plain data, so that a snapshot can hold it; entries rather than objects, for the engine gives each object with
 * keys of its own a shape of its own, which takes longer than all the rest.
 */
export type Table<V> = readonly (readonly Entry<V>[])[];
type Entry<V> = readonly [id: string, value: V];

const BUCKETS = 256;
const bucketOf = (id: string): number => Number.parseInt(id.slice(-2), 16) || 0;

export const emptyTable = <V>(): Table<V> => Array.from({ length: BUCKETS }, () => []);

export const lookUp = <V>(table: Table<V>, id: string): V | undefined =>
  table[bucketOf(id)]?.find(([known]) => known === id)?.[1];

export function withEntry<V>(table: Table<V>, id: string, value: V): Table<V> {
  const bucket = table[bucketOf(id)] ?? [];
  const place = bucket.findIndex(([known]) => known === id);
  const entry: Entry<V> = [id, value];
  return table.with(bucketOf(id), place < 0 ? [...bucket, entry] : bucket.with(place, entry));
}

export const withoutEntry = <V>(table: Table<V>, id: string): Table<V> =>
  table.with(bucketOf(id), table[bucketOf(id)]?.filter(([known]) => known !== id) ?? []);
