/** Where a command's words go. */
export interface Printer {
  readonly json: boolean;
  /** For people; nothing with `--json`. */
  line(text?: string): void;
  /** For machines; nothing without `--json`. */
  data(value: unknown): void;
}

export function consolePrinter(json: boolean, write: (text: string) => void): Printer {
  return {
    json,
    line: (text = '') => {
      if (!json) write(`${text}\n`);
    },
    data: (value) => {
      if (json) write(`${JSON.stringify(value)}\n`);
    },
  };
}

/** Columns as wide as their widest cell; the last one ends where its text ends. */
export function table(header: string[], rows: string[][]): string[] {
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  return [header, ...rows].map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
}

/** `850 ms`, `4.2 s`, `3 min 05 s`, `2 h 10 min`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  const two = (value: number) => String(value).padStart(2, '0');
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
  return `${Math.floor(seconds / 3_600)} h ${two(Math.floor((seconds % 3_600) / 60))} min`;
}

export function between(from: string | undefined, to: string | undefined): string {
  return from === undefined ? '' : duration((to === undefined ? Date.now() : Date.parse(to)) - Date.parse(from));
}

/** Text of agents and files for a terminal: no escape sequence, no control character gets through. */
export const printable = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}]/gu, (character) => (character === '\t' ? ' ' : ''));

/** A JSON value for reading: members on lines of their own, texts as they are. */
export function outline(value: unknown, indent = ''): string[] {
  if (typeof value === 'string' && value.includes('\n')) {
    return value
      .trimEnd()
      .split('\n')
      .map((line) => `${indent}| ${printable(line)}`);
  }
  if (value === null) return [`${indent}none`];
  if (typeof value !== 'object') return [`${indent}${printable(String(value))}`];
  const members: [string, unknown][] = Array.isArray(value) ? value.map((item) => ['-', item]) : Object.entries(value);
  if (members.length === 0) return [`${indent}none`];
  return members.flatMap(([key, member]) => {
    const name = Array.isArray(value) ? key : `${printable(key)}:`;
    const lines = outline(member, `${indent}  `);
    return lines.length === 1 && !lines[0]!.trimStart().startsWith('|') && !isBranch(member)
      ? [`${indent}${name} ${lines[0]!.trimStart()}`]
      : [`${indent}${name}`, ...lines];
  });
}

const isBranch = (value: unknown): boolean => typeof value === 'object' && value !== null && Object.keys(value).length > 0;
