/**
 * Runs tasks in the order in which they came, side by side as far as they share no key: appends of one stream
 * must not overtake each other, and a repeated command waits for what becomes of the first one.
 */
export class KeyedQueue {
  private readonly tails = new Map<string, Promise<unknown>>();

  run<T>(keys: readonly string[], task: () => Promise<T>): Promise<T> {
    const before = keys.flatMap((key) => this.tails.get(key) ?? []);
    const result = before.length > 0 ? Promise.all(before).then(task) : task();
    const settled = result.then(
      () => undefined,
      () => undefined,
    );
    for (const key of keys) this.tails.set(key, settled);
    void settled.then(() => {
      for (const key of keys) if (this.tails.get(key) === settled) this.tails.delete(key);
    });
    return result;
  }
}
