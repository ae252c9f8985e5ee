import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs';

/** How a process ended. */
export interface Exit {
  code: number | null;
  signal: string | null;
}

/** A process ended that nobody had told to. */
export interface ExitEntry {
  n: number;
  kind: 'exit';
  process: string;
  exit: Exit;
  diedAt: string;
}

/** A process was started again and is ready. */
export interface RestartEntry {
  n: number;
  kind: 'restart';
  process: string;
  exit: Exit | null;
  diedAt: string;
  readyAt: string;
  by: 'supervisor' | 'healer' | 'person';
  actionKey?: string;
}

/** A restart that was asked for, and again when its outcome is known. */
export interface ActionEntry {
  n: number;
  kind: 'action';
  process: string;
  actionKey: string;
  token: number;
  outcome: 'running' | 'done' | 'failed';
  detail?: string;
  at: string;
}

export type JournalEntry = ExitEntry | RestartEntry | ActionEntry;
type WithoutNumber<E> = E extends JournalEntry ? Omit<E, 'n'> : never;

const keptEntries = 5_000;

/**
 * What happened to the processes, one JSON document per line, on disk before anything follows from it. Numbers
 * rise over restarts of the supervisor; at its start only the newest entries are kept.
 */
export class Journal {
  private readonly all: JournalEntry[];
  private readonly file: number;

  constructor(path: string) {
    const known = existsSync(path) ? parseLines(readFileSync(path, 'utf8')) : [];
    this.all = known.slice(-keptEntries);
    const draft = `${path}.new`;
    writeFileSync(draft, this.all.map((entry) => `${JSON.stringify(entry)}\n`).join(''), { mode: 0o600 });
    renameSync(draft, path);
    this.file = openSync(path, 'a', 0o600);
  }

  get entries(): readonly JournalEntry[] {
    return this.all;
  }

  add<E extends WithoutNumber<JournalEntry>>(entry: E): E & { n: number } {
    const numbered = { n: (this.all.at(-1)?.n ?? 0) + 1, ...entry };
    this.all.push(numbered as JournalEntry);
    writeSync(this.file, `${JSON.stringify(numbered)}\n`);
    fsyncSync(this.file);
    return numbered;
  }

  /** Deaths and restarts after entry `n`, oldest first. */
  after(n: number): (ExitEntry | RestartEntry)[] {
    return this.all.filter((entry) => entry.n > n && entry.kind !== 'action') as (ExitEntry | RestartEntry)[];
  }

  close(): void {
    closeSync(this.file);
  }
}

/** The last line may be cut off by an unclean end. */
function parseLines(text: string): JournalEntry[] {
  return text.split('\n').flatMap((line) => {
    try {
      return line === '' ? [] : [JSON.parse(line) as JournalEntry];
    } catch {
      return [];
    }
  });
}
