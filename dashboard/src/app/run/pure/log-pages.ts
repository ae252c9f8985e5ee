import type { TaskLogPage } from '@agencyos/contracts';

export interface LogLine {
  /** From 1, as a person counts. */
  number: number;
  text: string;
}

/** Lines that are shown; the whole log is in the download. */
export const LINES_KEPT = 5_000;

/** What has been read of one attempt's log. */
export interface ReadLog {
  lines: readonly LogLine[];
  cursor?: string;
  /** More can be had now, or may follow. */
  next: 'now' | 'later' | 'never';
  /** The whole log, once the attempt has ended. */
  content?: TaskLogPage['content'];
}

export const NOTHING_READ: ReadLog = { lines: [], next: 'now' };

export function withPage(
  { lines }: ReadLog,
  { first, lines: texts, cursor, more, running, content }: TaskLogPage,
): ReadLog {
  const added = texts.map((text, index) => ({ number: first + index + 1, text }));
  return {
    lines: [...lines, ...added].slice(-LINES_KEPT),
    cursor,
    next: more ? 'now' : running ? 'later' : 'never',
    ...(content && { content }),
  };
}

/** The lines that hold the words, cut where they stand, so that they can be marked. */
export function searched(lines: readonly LogLine[], words: string): (LogLine & { parts: string[] })[] {
  const wanted = words.toLowerCase();
  if (!wanted) return lines.map((line) => ({ ...line, parts: [line.text] }));
  return lines.flatMap((line) => {
    const at = line.text.toLowerCase().indexOf(wanted);
    if (at < 0) return [];
    const end = at + wanted.length;
    return [{ ...line, parts: [line.text.slice(0, at), line.text.slice(at, end), line.text.slice(end)] }];
  });
}
