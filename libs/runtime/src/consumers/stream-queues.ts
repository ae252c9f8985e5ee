import type { Fact } from '@agencyos/contracts';
import { describeError, pause, Wake } from '../background.js';
import type { Logger } from '../logger.js';

/** Facts in memory at most: with so many taken, the next one waits until one is finished. */
const LIMIT = 1_000;
/** Let go of while their stream stood still, facts are read again so many at a time. */
const PAGE = 100;
const READ_AGAIN_MS = 500;

interface StreamQueue {
  /** In order; the first is under way. */
  facts: Fact[];
  /** Position of the last finished fact; before the first, what had been taken until then. */
  settled: bigint;
  /** The first fails, so those behind it wait. */
  failing: boolean;
  /** Revisions of the facts behind that were let go of; they stand in the log. */
  behind?: { from: number; to: number };
  ended: Promise<void>;
}

export interface StreamQueuesOptions {
  /** True once it is finished; false when it was given up because the work ends. */
  settle(fact: Fact): Promise<boolean>;
  /** The stream's facts from one revision on. */
  read(stream: string, fromRevision: number): AsyncIterable<Fact>;
  /** Something was finished. */
  onFinished(): void;
  logger: Logger;
}

/**
 * Facts that were taken and are not finished: those of one stream one after another, streams side by side. One that
 * fails keeps back its own stream alone: where room is needed, the facts behind it are let go of and read again later.
 */
export class StreamQueues {
  private readonly queues = new Map<string, StreamQueue>();
  private readonly room = new Wake();
  private inMemory = 0;

  constructor(
    /** Position of the last fact taken. */
    private taken: bigint,
    private readonly options: StreamQueuesOptions,
    private readonly signal: AbortSignal,
  ) {}

  /** Everything up to here is finished. */
  get front(): bigint {
    let front = this.taken;
    for (const { settled } of this.queues.values()) if (settled < front) front = settled;
    return front;
  }

  async take(fact: Fact): Promise<void> {
    while (this.inMemory >= LIMIT && !this.signal.aborted) {
      this.letGo();
      if (this.inMemory >= LIMIT) await this.room.wait(60_000, this.signal);
    }
    this.add(fact);
    this.taken = BigInt(fact.position);
  }

  /** There is nothing to take up to here. */
  passed(position: bigint): void {
    this.taken = position;
  }

  /** Tells that the fact under way in this stream fails: who waits for room finds some behind it. */
  fails(stream: string): void {
    const queue = this.queues.get(stream);
    if (queue) queue.failing = true;
    this.room.wake();
  }

  /** Once the signal has aborted: resolves when nothing is under way any more. */
  async ended(): Promise<void> {
    await Promise.all([...this.queues.values()].map(({ ended }) => ended));
  }

  private add(fact: Fact): void {
    const queue = this.queues.get(fact.stream);
    if (queue?.behind) {
      queue.behind.to = fact.revision;
      return;
    }
    this.inMemory++;
    if (queue) return void queue.facts.push(fact);
    const opened: StreamQueue = { facts: [fact], settled: this.taken, failing: false, ended: Promise.resolve() };
    this.queues.set(fact.stream, opened);
    opened.ended = this.work(fact.stream, opened);
  }

  /** Ends when the stream has nothing more for now. */
  private async work(stream: string, queue: StreamQueue): Promise<void> {
    const { settle, onFinished } = this.options;
    for (let fact = queue.facts[0]; fact; fact = queue.facts[0]) {
      if (!(await settle(fact))) return;
      queue.facts.shift();
      queue.failing = false;
      queue.settled = BigInt(fact.position);
      this.inMemory--;
      if (queue.facts.length === 0 && queue.behind && !(await this.readBehind(stream, queue))) return;
      if (queue.facts.length === 0) this.queues.delete(stream);
      this.room.wake();
      onFinished();
    }
  }

  private letGo(): void {
    for (const queue of this.queues.values()) {
      if (!queue.failing || queue.facts.length < 2) continue;
      const [, ...behind] = queue.facts;
      queue.facts.length = 1;
      this.inMemory -= behind.length;
      queue.behind = { from: behind[0]!.revision, to: behind.at(-1)!.revision };
    }
  }

  /** False when the work ended before. */
  private async readBehind(stream: string, queue: StreamQueue): Promise<boolean> {
    while (!this.signal.aborted) {
      try {
        const page: Fact[] = [];
        for await (const fact of this.options.read(stream, queue.behind!.from)) {
          page.push(fact);
          if (page.length === PAGE || fact.revision === queue.behind!.to) break;
        }
        queue.facts = page;
        this.inMemory += page.length;
        const last = page.at(-1)!.revision;
        if (last >= queue.behind!.to) delete queue.behind;
        else queue.behind!.from = last + 1;
        return true;
      } catch (error) {
        this.options.logger.warn({ stream, error: describeError(error).message }, 'facts behind a failed one could not be read');
        await pause(READ_AGAIN_MS, this.signal);
      }
    }
    return false;
  }
}
