import type { Readable } from 'node:stream';
import { pause } from '../pause.js';
import { podsPath, type KubernetesApi } from './kubernetes-api.js';
import { COMMAND } from './manifest.js';

const ASK_AGAIN_MS = 500;

/**
 * What a command says, from its beginning; through connections that break, each line once. Resolves when it has ended and
 * all of it has been read, or the signal is aborted.
 *
 * @param ended whether it has ended: before that, the end of a log is that of a connection
 */
export async function followLog(
  api: KubernetesApi,
  { namespace, pod }: { namespace: string; pod: string },
  { write, ended, signal }: { write(text: string): void; ended(): boolean; signal: AbortSignal },
): Promise<void> {
  const lines = new TimedLines(write);
  while (!signal.aborted) {
    const over = ended();
    try {
      const since = lines.last && { sinceTime: `${new Date(lines.last).toISOString().slice(0, 19)}Z` };
      const query = { container: COMMAND, follow: 'true', timestamps: 'true', ...since };
      const stream = await api.stream(`${podsPath(namespace)}/${pod}/log`, query, signal);
      await readAll(stream, lines);
      if (over) return;
    } catch {
      // Its node or the API server is away for a moment, or it has just begun.
    }
    if (!over && !ended()) await pause(ASK_AGAIN_MS, signal);
  }
}

async function readAll(stream: Readable, lines: TimedLines): Promise<void> {
  lines.begin();
  for await (const text of stream.setEncoding('utf8')) lines.write(text as string);
}

/** Lines that begin with their times: each is handed on once, without it, whatever pieces and connections it comes in. */
export class TimedLines {
  /** Time of the last line, and how many characters of the lines of that time have been handed on. */
  last = '';
  private given = 0;
  /** Of the line under way; before its time is known, what there is of it. */
  private at: string | undefined;
  private head = '';
  /** Characters of the lines of one time that this connection has sent. */
  private of = '';
  private sent = 0;

  constructor(private readonly hand: (text: string) => void) {}

  /** A connection begins: from the second of the last line on everything comes again. */
  begin(): void {
    [this.at, this.head, this.of, this.sent] = [undefined, '', '', 0];
  }

  write(text: string): void {
    for (const piece of text.split(/(?<=\n)/)) this.piece(piece);
  }

  private piece(piece: string): void {
    let rest = piece;
    if (this.at === undefined) {
      this.head += piece;
      const space = this.head.indexOf(' ');
      if (space === -1) return;
      this.at = this.head.slice(0, space);
      rest = this.head.slice(space + 1);
      this.head = '';
      if (this.at !== this.of) [this.of, this.sent] = [this.at, 0];
      // All of one length and zone: their texts are in the order of their times.
      if (this.at > this.last) [this.last, this.given] = [this.at, 0];
    }
    if (this.at === this.last) {
      const fresh = rest.slice(Math.max(0, this.given - this.sent));
      this.sent += rest.length;
      this.given = Math.max(this.given, this.sent);
      if (fresh !== '') this.hand(fresh);
    }
    if (rest.endsWith('\n')) this.at = undefined;
  }
}
