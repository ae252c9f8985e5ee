/**
 * A map by UUID that shares what did not change: `evolve` stays pure without copying 20,000 cards per event.
 * Plain data, so that a snapshot can hold it.
 */
export type Table<V> = readonly Readonly<Record<string, V>>[];

const BUCKETS = 256;
const bucketOf = (id: string): number => Number.parseInt(id.slice(-2), 16) || 0;

export const emptyTable = <V>(): Table<V> => Array.from({ length: BUCKETS }, () => ({}));

export const lookUp = <V>(table: Table<V>, id: string): V | undefined => {
  const bucket = table[bucketOf(id)];
  return bucket && Object.hasOwn(bucket, id) ? bucket[id] : undefined;
};

export const withEntry = <V>(table: Table<V>, id: string, value: V): Table<V> =>
  table.with(bucketOf(id), { ...table[bucketOf(id)], [id]: value });

export function withoutEntry<V>(table: Table<V>, id: string): Table<V> {
  const { [id]: _, ...rest } = table[bucketOf(id)] ?? {};
  return table.with(bucketOf(id), rest);
}
