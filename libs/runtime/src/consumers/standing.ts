import { cutText } from '@agencyos/contracts';

/** Why a consumer does not go on, or went on without something. */
export type TroubleReason = 'failing' | 'halted' | 'parked' | 'standing';

/** What a consumer says of itself; positions of the log as text. */
export interface ConsumerState {
  consumer: string;
  position: string;
  /** Events recorded since, as far as it was looked at. */
  lag: number;
  parked: number;
  trouble?: { why: TroubleReason; since: string; cause: string };
}

interface Failing {
  since: Date;
  cause: string;
}

/** A position that stays the same for so long while the log goes on. */
const STANDS_STILL_MS = 15_000;
const CAUSE_CHARACTERS = 300;

/** How one consumer stands, for whoever asks: its position, what fails, what it has parked. */
export class Standing {
  /** Whether this process runs it; of several replicas one does. */
  running = false;
  parked = 0;
  private handled = 0n;
  private head = 0n;
  private movedAt = Date.now();
  private endedAt = 0;
  private readonly failing = new Map<string, Failing>();
  private halted: Failing | undefined;
  private parkedCause: Failing | undefined;

  constructor(readonly consumer: string) {}

  /** This process runs it, or would if it did not halt each time. */
  get isOurs(): boolean {
    return this.running || (this.halted !== undefined && Date.now() - this.endedAt < STANDS_STILL_MS);
  }

  get position(): bigint {
    return this.handled;
  }

  at(position: bigint): void {
    if (position === this.handled) return;
    this.handled = position;
    this.movedAt = Date.now();
  }

  /** A fact of this stream fails, and somebody has to know. */
  fails(stream: string, lastsMs: number, cause: string): void {
    this.failing.set(stream, { since: new Date(Date.now() - lastsMs), cause });
  }

  passes(stream: string): void {
    if (this.failing.size > 0) this.failing.delete(stream);
  }

  parks(cause: string): void {
    this.parked++;
    this.parkedCause ??= { since: new Date(), cause };
  }

  /** So many facts stand parked, by what the table says. */
  hasParked(count: number): void {
    this.parked = count;
    if (count === 0) this.parkedCause = undefined;
    else this.parkedCause ??= { since: new Date(), cause: `${count} facts are parked` };
  }

  /** It ended, and what it cannot read will not change by itself. */
  halts(cause: string): void {
    this.halted ??= { since: new Date(), cause };
  }

  /** One that ends and starts again and again is one that stands still. */
  starts(): void {
    this.running = true;
    if (Date.now() - this.endedAt > STANDS_STILL_MS) this.movedAt = Date.now();
    this.failing.clear();
  }

  ends(): void {
    this.running = false;
    this.endedAt = Date.now();
  }

  /** It has read on since it halted. */
  goesOn(): void {
    this.halted = undefined;
  }

  /** The end of the log, looked at now. */
  logEndsAt(head: bigint): void {
    this.head = head;
    if (this.handled >= head) this.movedAt = Date.now();
  }

  get state(): ConsumerState {
    const { consumer, parked } = this;
    const lag = this.head > this.handled ? Number(this.head - this.handled) : 0;
    const trouble = this.trouble;
    return { consumer, position: String(this.handled), lag, parked, ...(trouble && { trouble }) };
  }

  private get trouble(): ConsumerState['trouble'] {
    if (this.halted) return told('halted', this.halted);
    const [failing] = this.failing.values();
    if (failing) return told('failing', failing);
    if (this.head > this.handled && Date.now() - this.movedAt >= STANDS_STILL_MS) {
      return told('standing', {
        since: new Date(this.movedAt),
        cause: `stands at ${this.handled}, the log ends at ${this.head}`,
      });
    }
    return this.parked > 0 && this.parkedCause ? told('parked', this.parkedCause) : undefined;
  }
}

const told = (why: TroubleReason, { since, cause }: Failing) => ({
  why,
  since: since.toISOString(),
  cause: cutText(cause, CAUSE_CHARACTERS),
});
