import { parseStream } from '@agencyos/contracts';
import type { Pool } from 'pg';
import type { LogPage, ReadAllOptions } from '../event-store.js';
import { type EventRow, readPage, readRows, toEvent } from './read-log.js';

const KEPT_EVENTS = 2_000;
const KEPT_CHARACTERS = 8 * 1024 * 1024;
const FILL = 500;

/**
 * The log's last events, read once for all subscribers of this process: however many there are, a group of
 * appends costs one query. Who is too far behind reads from the database until it has caught up.
 */
export class LogTail {
  /** All wanted events after `start` up to `end`; undefined start = nothing is kept yet. */
  private rows: EventRow[] = [];
  private characters = 0;
  private start?: bigint;
  private end = 0n;
  /** What subscribers have asked for, together. */
  private wanted = new Set<string>();
  private all = false;
  private filling?: Promise<void>;

  /** @param head how far the log reaches, as far as is known */
  constructor(
    private readonly pool: Pool,
    private readonly head: () => bigint,
  ) {}

  async read(after: bigint, options: ReadAllOptions): Promise<LogPage> {
    this.want(options.categories);
    if (this.covers(after) && after > this.end) this.startAt(after); // nobody read through it for a while
    if (this.covers(after) && after >= this.end && this.head() > this.end) await this.fill();
    if (this.covers(after)) return this.serve(after, options);
    const page = await readPage(this.pool, after, options);
    if (page.events.length < options.limit && this.start === undefined) this.startAt(page.position);
    return page;
  }

  private covers(after: bigint): boolean {
    return this.start !== undefined && after >= this.start;
  }

  /** What is kept lacks a category that was not wanted before, so it starts anew. */
  private want(categories: readonly string[] | undefined): void {
    if (this.all || categories?.every((category) => this.wanted.has(category))) return;
    if (categories) for (const category of categories) this.wanted.add(category);
    else this.all = true;
    this.startAt(undefined);
  }

  private startAt(position: bigint | undefined): void {
    this.rows = [];
    this.characters = 0;
    this.start = position;
    this.end = position ?? 0n;
    this.filling = undefined;
  }

  private fill(): Promise<void> {
    if (this.filling) return this.filling;
    const filling: Promise<void> = this.readOn(() => this.filling === filling).finally(() => {
      if (this.filling === filling) this.filling = undefined;
    });
    this.filling = filling;
    return filling;
  }

  private async readOn(current: () => boolean): Promise<void> {
    const categories = this.all ? undefined : [...this.wanted];
    const { rows, position } = await readRows(this.pool, this.end, { limit: FILL, categories });
    if (!current()) return;
    for (const row of rows) {
      this.rows.push(row);
      this.characters += size(row);
    }
    this.end = position;
    this.trim();
  }

  private trim(): void {
    let dropped = 0;
    for (const row of this.rows) {
      if (this.rows.length - dropped <= KEPT_EVENTS && this.characters <= KEPT_CHARACTERS) break;
      this.characters -= size(row);
      this.start = row.position;
      dropped++;
    }
    // In larger steps than one by one: removing from the front moves all the others.
    if (dropped > 0) this.rows = this.rows.slice(dropped);
  }

  private serve(after: bigint, { limit, categories }: ReadAllOptions): LogPage {
    const events: LogPage['events'] = [];
    for (let index = this.firstAfter(after); index < this.rows.length; index++) {
      const row = this.rows[index]!;
      if (categories && !categories.includes(parseStream(row.stream).category)) continue;
      if (events.push(toEvent(row)) === limit) return { events, position: row.position };
    }
    return { events, position: this.end > after ? this.end : after };
  }

  private firstAfter(position: bigint): number {
    let [low, high] = [0, this.rows.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.rows[middle]!.position > position) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

const size = ({ data, metadata }: EventRow): number => data.length + metadata.length;
