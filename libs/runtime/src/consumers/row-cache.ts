/** What is kept, in characters, keys included: some ten thousand rows of the usual size. */
const KEPT = 16 * 1024 * 1024;

type RowsByView = Map<string, Map<string, string>>;

/**
 * JSON of rows by view and key. When the newer half is full, what was neither written nor read since the last time is
 * dropped, all at once: to order every row by its last use would cost more than the rest of a projection.
 */
export class RowCache {
  private newer: RowsByView = new Map();
  private older: RowsByView = new Map();
  private characters = 0;
  /** Rows were dropped, so one that is not here may exist all the same. */
  hasDropped = false;

  get(view: string, key: string): string | undefined {
    const text = this.newer.get(view)?.get(key);
    if (text !== undefined) return text;
    const older = this.older.get(view)?.get(key);
    if (older !== undefined) this.set(view, key, older);
    return older;
  }

  /** @param text undefined: the row was deleted */
  set(view: string, key: string, text: string | undefined): void {
    this.older.get(view)?.delete(key);
    let rows = this.newer.get(view);
    if (!rows) this.newer.set(view, (rows = new Map<string, string>()));
    const before = rows.get(key);
    if (before !== undefined) this.characters -= key.length + before.length;
    if (text === undefined) {
      rows.delete(key);
      return;
    }
    rows.set(key, text);
    this.characters += key.length + text.length;
    if (this.characters > KEPT / 2) this.turn();
  }

  private turn(): void {
    this.hasDropped ||= this.older.size > 0;
    this.older = this.newer;
    this.newer = new Map();
    this.characters = 0;
  }
}
