import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { Parsed } from './parse-workflow.js';

/** The file cost more time or memory than a workflow file may. */
export class TooMuchToRead extends Error {
  override readonly name = 'TooMuchToRead';
}

const LIMIT_MS = 1_000;
const MEMORY_MB = 256;
/** Beside this module; or below it, when the service is one file; or what was built of it, when a test runs the source. */
const ENTRIES = ['./workflow-thread.js', './workflow/workflow-thread.js', '../../dist/workflow/workflow-thread.js'];

/**
 * Reads workflow files in a thread of its own, one after another: whatever a file is made of, the service goes on. The
 * thread stays for the next file, and is ended with one that takes longer than a second.
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
    const thread = (this.thread ??= await this.start());
    thread.ref();
    try {
      return await answerOf(thread, bytes, this.limitMs);
    } catch (error) {
      this.thread = undefined;
      await thread.terminate();
      throw error;
    } finally {
      thread.unref(); // a thread that waits keeps no process alive
    }
  }

  private start(): Promise<Worker> {
    const thread = new Worker(this.entry, { resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB } });
    thread.once('exit', () => {
      if (this.thread === thread) this.thread = undefined;
    });
    return new Promise((resolve, reject) => {
      thread.on('error', reject); // whatever comes later is told to who waits for an answer
      thread.once('message', () => resolve(thread));
    });
  }
}

function answerOf(thread: Worker, bytes: Uint8Array, limitMs: number): Promise<Parsed> {
  return new Promise<Parsed>((resolve, reject) => {
    const refuse = (what: string) =>
      reject(new TooMuchToRead(`the file takes ${what} to read; make it smaller or simpler`));
    // Once around the loop: when this process itself stood still, the answer may be there already.
    const timer = setTimeout(() => setImmediate(refuse, `longer than ${limitMs / 1_000} s`), limitMs);
    const answered = ({ parsed }: { parsed: Parsed }) => settle(() => resolve(parsed));
    const failed = (error: NodeJS.ErrnoException) =>
      settle(() => (error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? refuse(`more than ${MEMORY_MB} MB`) : reject(error)));
    const settle = (end: () => void) => {
      clearTimeout(timer);
      thread.off('message', answered).off('error', failed);
      end();
    };
    thread.once('message', answered).once('error', failed);
    thread.postMessage(bytes);
  });
}

function entryFile(): URL {
  const places = ENTRIES.map((path) => new URL(path, import.meta.url));
  const found = places.find((place) => existsSync(place));
  if (!found) throw new Error(`workflow-thread.js is missing beside ${import.meta.url}: build the service`);
  return found;
}
