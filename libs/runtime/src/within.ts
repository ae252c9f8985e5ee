/** Took longer than it may. What was asked for may still happen. */
export class TookTooLong extends Error {
  override readonly name = 'TookTooLong';
}

/** The promise's result, unless it takes longer than `ms`. @throws TookTooLong */
export async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TookTooLong(`${what} took more than ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** Iterates with a limit on the wait for each next item: the client's reads have none of their own. */
export async function* eachWithin<T>(ms: number, what: string, items: AsyncIterable<T>): AsyncGenerator<T> {
  const iterator = items[Symbol.asyncIterator]();
  let ended = false;
  try {
    for (;;) {
      const { value, done } = await within(ms, what, iterator.next());
      if (done) {
        ended = true;
        return;
      }
      yield value;
    }
  } finally {
    // Not awaited: a read that hangs would not end either.
    if (!ended) void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}
