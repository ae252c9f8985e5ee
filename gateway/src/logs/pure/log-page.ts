import type { TaskLogBatch } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';

export const PAGE_LINES = 2_000;

/** Where the next page begins: the line, and where in the stream the batch with it is, or was to be expected. */
export interface LogCursor {
  line: number;
  sequence: number;
}

/** @throws Rejection */
export function readCursor(text: string | undefined): LogCursor {
  if (text === undefined) return { line: 0, sequence: 1 };
  const [, line, sequence] = /^(\d{1,9})\.(\d{1,15})$/.exec(text) ?? [];
  if (line === undefined) throw new Rejection('invalid', { field: 'cursor', detail: 'The cursor is none of ours.' }, 400);
  return { line: Number(line), sequence: Number(sequence) };
}

export const writeCursor = ({ line, sequence }: LogCursor): string => `${line}.${sequence}`;

/**
 * One page of a log that lies in the content store. Whoever stored it may have put anything there: only what is shown is
 * made into lines.
 */
export function pageOfText(text: Uint8Array, { line, sequence }: LogCursor) {
  let at = startOfLine(text, 0, line);
  const lines: string[] = [];
  while (lines.length < PAGE_LINES && at < text.length) {
    const end = endOfLine(text, at);
    lines.push(Buffer.from(text.buffer, text.byteOffset + at, end - at).toString('utf8'));
    at = end + 1;
  }
  return { first: line, lines, cursor: { line: line + lines.length, sequence }, more: at < text.length };
}

const LINE_FEED = 10;

/** Where the line begins that many lines after one that begins at `at`, or beyond the end. */
function startOfLine(text: Uint8Array, at: number, lines: number): number {
  let left = lines;
  let start = at;
  while (left > 0 && start < text.length) if (text[start++] === LINE_FEED) left--;
  return start;
}

function endOfLine(text: Uint8Array, at: number): number {
  const end = text.indexOf(LINE_FEED, at);
  return end === -1 ? text.length : end;
}

/** No log is longer; a number beyond would make a cursor that nobody can come back with. */
const MOST_LINES = 1_000_000;

/** Collects one attempt's lines from the batches of its run. */
export class PageOfBatches {
  readonly lines: string[] = [];
  cursor: LogCursor;
  /** Lines that follow in a batch of which only the first ones fit. */
  cut = false;

  constructor(
    private readonly wanted: { taskId: string; attempt: number },
    private readonly begin: LogCursor,
  ) {
    this.cursor = begin;
  }

  get first(): number {
    return this.cursor.line - this.lines.length;
  }

  /** @returns whether the page is full */
  add({ taskId, attempt, first, lines }: TaskLogBatch, sequence: number): boolean {
    const others = taskId !== this.wanted.taskId || attempt !== this.wanted.attempt;
    if (others || first + lines.length > MOST_LINES) {
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
