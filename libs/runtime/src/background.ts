import type { Logger } from './logger.js';

/** Long-running work of a process: restarted with backoff when it throws, ended on shutdown. */
export class Background {
  private readonly controller = new AbortController();
  private readonly running = new Set<Promise<void>>();

  constructor(private readonly logger: Logger) {}

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** `task` runs until its signal aborts; when it returns early it is started again as well. */
  run(name: string, task: (signal: AbortSignal) => Promise<void>): void {
    const loop = this.loop(name, task).finally(() => this.running.delete(loop));
    this.running.add(loop);
  }

  private async loop(name: string, task: (signal: AbortSignal) => Promise<void>): Promise<void> {
    let failures = 0;
    while (!this.signal.aborted) {
      const startedAt = performance.now();
      try {
        await task(this.signal);
        failures = 0;
      } catch (error) {
        if (this.signal.aborted) return;
        failures = performance.now() - startedAt > 30_000 ? 1 : failures + 1;
        this.logger.error({ task: name, failures, error: describeError(error) }, 'background task failed; starting it again');
      }
      await pause(Math.min(100 * 2 ** Math.min(failures, 6), 5_000) * (0.5 + Math.random() / 2), this.signal);
    }
  }

  /** Waits for every task to notice. */
  async stop(): Promise<void> {
    this.controller.abort();
    await Promise.allSettled(this.running);
  }
}

/** Resolves after `ms`, or at once when `signal` aborts. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done, { once: true });
  });
}

/**
 * Runs tasks side by side until one of them ends or fails, or `signal` aborts; resolves when all have ended, so that
 * whoever starts them again is alone. A failure is never left without a handler. @throws the first failure
 */
export async function together(signal: AbortSignal, ...tasks: ((signal: AbortSignal) => Promise<void>)[]): Promise<void> {
  const stop = new AbortController();
  const ended = AbortSignal.any([signal, stop.signal]);
  const failures: unknown[] = [];
  const run = async (task: (signal: AbortSignal) => Promise<void>) => {
    try {
      await task(ended);
    } catch (error) {
      failures.push(error);
    } finally {
      stop.abort();
    }
  };
  await Promise.all(tasks.map(run));
  if (failures.length > 0) throw failures[0];
}

/** Lets one loop sleep until another part of the process has something for it; cheap enough for every message. */
export class Wake {
  private waiting?: (() => void) | undefined;

  /** Ends the present `wait`; without one it does nothing, so look for work before waiting. */
  wake(): void {
    this.waiting?.();
  }

  /** Resolves at the next `wake()`, after `ms`, or when `signal` aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        this.waiting = undefined;
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.waiting = done;
      signal.addEventListener('abort', done, { once: true });
    });
  }
}

export function describeError(error: unknown): { message: string; stack?: string; cause?: unknown } {
  if (!(error instanceof Error)) return { message: String(error) };
  const { message, stack, cause } = error;
  return { message, ...(stack && { stack }), ...(cause !== undefined && { cause: String(cause) }) };
}
