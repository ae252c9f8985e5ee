import type { Fact } from '@agencyos/contracts';
import type { DataSource, EntityManager } from 'typeorm';
import { Trouble, type Clock } from './parking.js';
import { park } from './tables.js';

/** A fact that could not be projected, or one behind it. */
export interface Aside {
  fact: Fact;
  cause: string;
}

interface Kept {
  parked: boolean;
  /** Some of its facts are in the table. */
  stored: boolean;
}

const BEHIND = 'an earlier fact of this stream could not be projected';

/**
 * Facts that one epoch of a projection could not take, and the later ones of their streams. They are stored with the
 * next fact that could be taken: only that shows that not everything fails. Until then the position stays before them.
 */
export class SetAside {
  /** Not stored yet, in the order of the log. */
  private unwritten: Aside[] = [];
  private readonly streams = new Map<string, Kept>();
  private readonly troubles = new Map<string, Trouble>();

  constructor(
    private readonly consumer: string,
    private readonly epoch: string,
    private readonly handled: () => number,
    private readonly clock?: Clock,
  ) {}

  /** Returns how many facts are parked. */
  async load(database: DataSource): Promise<number> {
    const rows = (await database.query(
      'SELECT stream, bool_and(held) AS held, count(*)::int AS facts FROM parked WHERE consumer = $1 AND epoch = $2 GROUP BY stream',
      [this.consumer, this.epoch],
    )) as { stream: string; held: boolean; facts: number }[];
    for (const { stream, held } of rows) this.streams.set(stream, { parked: !held, stored: true });
    return rows.reduce((sum, { held, facts }) => (held ? sum : sum + facts), 0);
  }

  /**
   * The log is read again from the position: what is not stored comes once more.
   * @returns streams that stand aside no more
   */
  startOver(): string[] {
    const over = [...this.streams].flatMap(([stream, { stored }]) => (stored ? [] : [stream]));
    for (const stream of over) {
      this.streams.delete(stream);
      this.troubles.delete(stream);
    }
    this.unwritten = [];
    return over;
  }

  /** Whether the fact has to stay behind an earlier one. */
  keeps(fact: Fact): boolean {
    if (!this.streams.has(fact.stream)) return false;
    this.unwritten.push({ fact, cause: BEHIND });
    return true;
  }

  add(fact: Fact, cause: string): void {
    this.streams.set(fact.stream, { parked: false, stored: false });
    this.unwritten.push({ fact, cause });
  }

  /** Facts since which nothing could be taken. */
  get unproven(): number {
    return this.unwritten.filter(({ fact }) => !this.streams.get(fact.stream)?.stored).length;
  }

  /** Streams whose first fact is still tried. */
  get tried(): string[] {
    return [...this.streams].flatMap(([stream, { parked }]) => (parked ? [] : [stream]));
  }

  troubleOf(stream: string): Trouble {
    let trouble = this.troubles.get(stream);
    if (!trouble) this.troubles.set(stream, (trouble = new Trouble(this.handled, this.clock)));
    return trouble;
  }

  isStored(stream: string): boolean {
    return this.streams.get(stream)?.stored ?? false;
  }

  isParked(stream: string): boolean {
    return this.streams.get(stream)?.parked ?? false;
  }

  upTo(position: bigint): Aside[] {
    return this.unwritten.filter(({ fact }) => BigInt(fact.position) <= position);
  }

  async store(manager: EntityManager, asides: readonly Aside[]): Promise<void> {
    for (const { fact, cause } of asides) {
      await park(manager, this.consumer, fact, cause, { epoch: this.epoch, held: !this.isParked(fact.stream) });
    }
  }

  /** Once that is committed. */
  stored(asides: readonly Aside[]): void {
    for (const { fact } of asides) this.streams.get(fact.stream)!.stored = true;
    this.unwritten = this.unwritten.filter((aside) => !asides.includes(aside));
  }

  /** The stream's first fact. */
  async first(database: DataSource, stream: string): Promise<Aside | undefined> {
    if (!this.isStored(stream)) return this.unwritten.find(({ fact }) => fact.stream === stream);
    const [row] = (await database.query(
      'SELECT fact, cause FROM parked WHERE consumer = $1 AND epoch = $2 AND stream = $3 ORDER BY position LIMIT 1',
      [this.consumer, this.epoch, stream],
    )) as Aside[];
    return row;
  }

  async remove(manager: EntityManager, { position }: Fact): Promise<void> {
    await manager.query('DELETE FROM parked WHERE consumer = $1 AND epoch = $2 AND position = $3', [
      this.consumer,
      this.epoch,
      position,
    ]);
  }

  /** Once that is committed: it could be taken after all. */
  async removed(database: DataSource, fact: Fact): Promise<void> {
    this.unwritten = this.unwritten.filter((aside) => aside.fact.id !== fact.id);
    this.troubles.delete(fact.stream);
    if (!(await this.first(database, fact.stream))) this.release(fact.stream);
  }

  /** Every stored fact of the stream. */
  async park(manager: EntityManager, stream: string): Promise<Fact[]> {
    const rows = (await manager.query(
      'UPDATE parked SET held = false WHERE consumer = $1 AND epoch = $2 AND stream = $3 RETURNING fact',
      [this.consumer, this.epoch, stream],
    )) as [{ fact: Fact }[], number];
    return rows[0].map(({ fact }) => fact).sort((a, b) => a.revision - b.revision);
  }

  /** Once that is committed. */
  parks(stream: string): void {
    this.streams.get(stream)!.parked = true;
    this.troubles.delete(stream);
  }

  private release(stream: string): void {
    if (this.unwritten.some(({ fact }) => fact.stream === stream)) this.streams.get(stream)!.stored = false;
    else this.streams.delete(stream);
  }
}
