import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { pause } from '@agencyos/runtime';
import type { Parsed } from '../workflow/parse-workflow.js';

/** The file cost more time or memory than a workflow file may. */
export class TooMuchToRead extends Error {
  override readonly name = 'TooMuchToRead';
}

class ThreadGone extends Error {}

const LIMIT_MS = 1_000;
const MEMORY_MB = 256;
/** Reading makes much that is soon over. */
const YOUNG_MB = 64;
/** Beside this module; or below it, when the service is one file; or what was built of it, when a test runs the source. */
const ENTRIES = ['./workflow-thread.js', './library/workflow-thread.js', '../../dist/library/workflow-thread.js'];

/**
 * Reads workflow files in a thread of its own, one after another: whatever a file is made of, the service goes on. The
 * thread stays for the next file, and is ended with one that takes more than a second of work.
 */
export class ParserThread {
  private thread: Worker | undefined;
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly limitMs = LIMIT_MS,
    private readonly entry = entryFile(),
  ) {}

  /** @throws TooMuchToRead */
  parse(bytes: Uint8Array): Promise<Parsed> {
    const parsed = this.last.then(() => this.parseNext(bytes));
    this.last = parsed.catch(() => undefined);
    return parsed;
  }

  private async parseNext(bytes: Uint8Array): Promise<Parsed> {
    const kept = this.thread;
    const thread = (this.thread ??= await this.start());
    thread.ref();
    try {
      return await answerOf(thread, bytes, this.limitMs);
    } catch (error) {
      this.thread = undefined;
      await thread.terminate();
      // It died after the last file, not of this one.
      if (kept && error instanceof ThreadGone) return await this.parseNext(bytes);
      throw error;
    } finally {
      thread.unref(); // a thread that waits keeps no process alive
    }
  }

  private start(): Promise<Worker> {
    const thread = new Worker(this.entry, {
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB, maxYoungGenerationSizeMb: YOUNG_MB },
    });
    thread.once('exit', () => {
      if (this.thread === thread) this.thread = undefined;
    });
    return new Promise((resolve, reject) => {
      thread.on('error', reject); // whatever comes later is told to who waits for an answer
      thread.once('message', () => resolve(thread));
    });
  }
}

async function answerOf(thread: Worker, bytes: Uint8Array, limitMs: number): Promise<Parsed> {
  const settled = new AbortController();
  const { signal } = settled;
  const answer = once(thread, 'message', { signal }) as Promise<[{ parsed: Parsed }]>;
  const gone = once(thread, 'exit', { signal }).then(() => {
    throw new ThreadGone('the thread that reads workflow files has ended');
  });
  thread.postMessage(bytes);
  const late = overdue(thread, limitMs, signal).then(() => {
    throw tooMuch(`longer than ${limitMs / 1_000} s`);
  });
  try {
    const [{ parsed }] = await Promise.race([answer, gone, late]);
    return parsed;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === 'ERR_WORKER_OUT_OF_MEMORY' ? tooMuch(`more than ${MEMORY_MB} MB`) : error;
  } finally {
    settled.abort();
  }
}

/**
 * Ends when the thread has worked for so long. What else a busy machine does is not the file's fault, up to ten times
 * that; nor is it that this process stood still while the answer came.
 */
async function overdue(thread: Worker, limitMs: number, settled: AbortSignal): Promise<void> {
  const end = performance.now() + 10 * limitMs;
  try {
    const before = await thread.cpuUsage();
    for (let left = limitMs; left > 0 && performance.now() < end && !settled.aborted;) {
      await pause(left, settled);
      const { user, system } = await thread.cpuUsage(before);
      left = limitMs - (user + system) / 1_000;
    }
  } catch {
    await once(settled, 'abort'); // a thread that has ended says why itself
  }
}

const tooMuch = (what: string) => new TooMuchToRead(`the file takes ${what} to read; make it smaller or simpler`);

function entryFile(): URL {
  const places = ENTRIES.map((path) => new URL(path, import.meta.url));
  const found = places.find((place) => existsSync(place));
  if (!found) throw new Error(`workflow-thread.js is missing beside ${import.meta.url}: build the service`);
  return found;
}
