import type { Fact } from '@agencyos/contracts';
import { describeError, pause, Wake } from '../background.js';
import type { Logger } from '../logger.js';

/** Facts in memory at most: with so many taken, the next one waits until one is finished. */
const LIMIT = 1_000;
/** Let go of while their stream stood still, facts are read again so many at a time. */
const PAGE = 100;
const READ_AGAIN_MS = 500;

interface Lane {
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

export interface LanesOptions {
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
export class Lanes {
  private readonly lanes = new Map<string, Lane>();
  private readonly room = new Wake();
  private inMemory = 0;

  constructor(
    /** Position of the last fact taken. */
    private taken: bigint,
    private readonly options: LanesOptions,
    private readonly signal: AbortSignal,
  ) {}

  /** Everything up to here is finished. */
  get front(): bigint {
    let front = this.taken;
    for (const { settled } of this.lanes.values()) if (settled < front) front = settled;
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
    const lane = this.lanes.get(stream);
    if (lane) lane.failing = true;
    this.room.wake();
  }

  /** Once the signal has aborted: resolves when nothing is under way any more. */
  async ended(): Promise<void> {
    await Promise.all([...this.lanes.values()].map(({ ended }) => ended));
  }

  private add(fact: Fact): void {
    const lane = this.lanes.get(fact.stream);
    if (lane?.behind) {
      lane.behind.to = fact.revision;
      return;
    }
    this.inMemory++;
    if (lane) return void lane.facts.push(fact);
    const opened: Lane = { facts: [fact], settled: this.taken, failing: false, ended: Promise.resolve() };
    this.lanes.set(fact.stream, opened);
    opened.ended = this.work(fact.stream, opened);
  }

  /** Ends when the stream has nothing more for now. */
  private async work(stream: string, lane: Lane): Promise<void> {
    const { settle, onFinished } = this.options;
    for (let fact = lane.facts[0]; fact; fact = lane.facts[0]) {
      if (!(await settle(fact))) return;
      lane.facts.shift();
      lane.failing = false;
      lane.settled = BigInt(fact.position);
      this.inMemory--;
      if (lane.facts.length === 0 && lane.behind && !(await this.readBehind(stream, lane))) return;
      if (lane.facts.length === 0) this.lanes.delete(stream);
      this.room.wake();
      onFinished();
    }
  }

  private letGo(): void {
    for (const lane of this.lanes.values()) {
      if (!lane.failing || lane.facts.length < 2) continue;
      const [, ...behind] = lane.facts;
      lane.facts.length = 1;
      this.inMemory -= behind.length;
      lane.behind = { from: behind[0]!.revision, to: behind.at(-1)!.revision };
    }
  }

  /** False when the work ended before. */
  private async readBehind(stream: string, lane: Lane): Promise<boolean> {
    while (!this.signal.aborted) {
      try {
        const page: Fact[] = [];
        for await (const fact of this.options.read(stream, lane.behind!.from)) {
          page.push(fact);
          if (page.length === PAGE || fact.revision === lane.behind!.to) break;
        }
        lane.facts = page;
        this.inMemory += page.length;
        const last = page.at(-1)!.revision;
        if (last >= lane.behind!.to) delete lane.behind;
        else lane.behind!.from = last + 1;
        return true;
      } catch (error) {
        this.options.logger.warn({ stream, error: describeError(error).message }, 'facts behind a failed one could not be read');
        await pause(READ_AGAIN_MS, this.signal);
      }
    }
    return false;
  }
}
