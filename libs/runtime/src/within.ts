/** Took longer than it may. What was asked for may still happen. */
export class TookTooLong extends Error {
  override readonly name = 'TookTooLong';
}

/** The promise's result, unless it takes longer than `ms`, or than until `signal` aborts. @throws TookTooLong */
export async function within<T>(ms: number, what: string, promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let giveUp = (): void => undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TookTooLong(`${what} took more than ${ms} ms`)), ms);
    giveUp = () => reject(new TookTooLong(`${what} was given up`));
    if (signal?.aborted) giveUp();
    signal?.addEventListener('abort', giveUp, { once: true });
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', giveUp);
  }
}

/** Iterates with a limit on the wait for each next item: the client's reads have none of their own. */
export async function* eachWithin<T>(ms: number, what: string, items: AsyncIterable<T>, signal?: AbortSignal): AsyncGenerator<T> {
  const iterator = items[Symbol.asyncIterator]();
  let ended = false;
  try {
    for (;;) {
      const { value, done } = await within(ms, what, iterator.next(), signal);
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
