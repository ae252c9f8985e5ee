import type { TaskLogBatch } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';

export const PAGE_LINES = 2_000;

/** Where the next page begins: the line, and where in the stream the batch with it is, or was to be expected. */
export interface Cursor {
  line: number;
  sequence: number;
}

/** @throws Rejection */
export function readCursor(text: string | undefined): Cursor {
  if (text === undefined) return { line: 0, sequence: 1 };
  const [, line, sequence] = /^(\d{1,9})\.(\d{1,15})$/.exec(text) ?? [];
  if (line === undefined)
    throw new Rejection('invalid', { field: 'cursor', detail: 'The cursor is none of ours.' }, 400);
  return { line: Number(line), sequence: Number(sequence) };
}

export const writeCursor = ({ line, sequence }: Cursor): string => `${line}.${sequence}`;

/** One page of a log that lies in the content store. */
export function pageOfText(text: string, { line, sequence }: Cursor) {
  const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n');
  const shown = lines.slice(line, line + PAGE_LINES);
  const next = line + shown.length;
  return { first: line, lines: shown, cursor: { line: next, sequence }, more: next < lines.length };
}

/** Collects one attempt's lines from the batches of its run. */
export class PageOfBatches {
  readonly lines: string[] = [];
  cursor: Cursor;
  /** Lines that follow in a batch of which only the first ones fit. */
  cut = false;

  constructor(
    private readonly wanted: { taskId: string; attempt: number },
    private readonly begin: Cursor,
  ) {
    this.cursor = begin;
  }

  get first(): number {
    return this.cursor.line - this.lines.length;
  }

  /** @returns whether the page is full */
  add({ taskId, attempt, first, lines }: TaskLogBatch, sequence: number): boolean {
    if (taskId !== this.wanted.taskId || attempt !== this.wanted.attempt) {
      if (!this.cut) this.cursor = { ...this.cursor, sequence: sequence + 1 };
      return false;
    }
    // Lines that were shown before, or lost on their way (a worker cut off from NATS), are stepped over.
    const fresh = lines.slice(Math.max(0, this.cursor.line - first));
    const fitting = fresh.slice(0, PAGE_LINES - this.lines.length);
    this.lines.push(...fitting);
    this.cut = fitting.length < fresh.length;
    const line = Math.max(this.cursor.line, first + lines.length - (fresh.length - fitting.length));
    this.cursor = { line, sequence: this.cut ? sequence : sequence + 1 };
    return this.lines.length >= PAGE_LINES;
  }
}
