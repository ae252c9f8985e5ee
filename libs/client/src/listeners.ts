/** Callbacks that are told the same. */
export class Listeners<T> {
  private readonly all = new Set<(value: T) => void>();

  /** @returns ends it */
  add(listener: (value: T) => void): () => void {
    const own = (value: T) => listener(value);
    this.all.add(own);
    return () => void this.all.delete(own);
  }

  tell(value: T): void {
    for (const listener of this.all) listener(value);
  }
}
