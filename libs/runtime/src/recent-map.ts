/**
 * Remembers the last entries: at most `most`, at least the last half of that. What is older is dropped a half at a
 * time, for a map from which each entry was removed as another came would have to be searched for its oldest.
 */
export class RecentMap<K, V> {
  private newer = new Map<K, V>();
  private older = new Map<K, V>();

  constructor(private readonly most: number) {}

  get(key: K): V | undefined {
    return this.newer.get(key) ?? this.older.get(key);
  }

  set(key: K, value: V): void {
    this.newer.set(key, value);
    if (this.newer.size < this.most / 2) return;
    this.older = this.newer;
    this.newer = new Map();
  }
}
