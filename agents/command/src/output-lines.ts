import { createHash } from 'node:crypto';
import { startOfText } from '@agencyos/contracts';

/** Characters of a line that are held; the rest of a longer one is skipped. */
const heldCharacters = 8_000;
const tailLines = 20;

/** Turns a process's output into lines with bounded memory, whatever it writes. Invalid UTF-8 becomes U+FFFD. */
export class OutputLines {
  private readonly tail: string[] = [];
  private readonly hash = createHash('sha256');
  private count = 0;

  constructor(private readonly onLine: (line: string) => void) {}

  /** Bytes seen, of all sources. */
  get bytes(): number {
    return this.count;
  }

  /** The last lines, of all sources. */
  get last(): readonly string[] {
    return this.tail;
  }

  /** SHA-256 of all bytes, in the order of arrival; ends the account. */
  digest(): string {
    return `sha256:${this.hash.digest('hex')}`;
  }

  /** One of the process's streams: `write` its chunks, then `end`. */
  source(): { write(chunk: Uint8Array): void; end(): void } {
    const decoder = new TextDecoder('utf-8');
    let line = '';
    let afterReturn = false;
    const emit = () => {
      this.add(line);
      line = '';
    };
    const feed = (text: string) => {
      // A lone carriage return redraws the line: each state of a progress bar is a line here.
      for (const part of text.split(/(\r\n|\n|\r)/)) {
        if (part === '') continue;
        const isBreak = part === '\n' || part === '\r' || part === '\r\n';
        if (isBreak && !(part === '\n' && afterReturn)) emit();
        if (!isBreak && line.length < heldCharacters) line += startOfText(part, heldCharacters - line.length);
        afterReturn = part === '\r';
      }
    };
    return {
      write: (chunk) => {
        this.count += chunk.length;
        this.hash.update(chunk);
        feed(decoder.decode(chunk, { stream: true }));
      },
      end: () => {
        feed(decoder.decode());
        if (line !== '') emit();
      },
    };
  }

  private add(line: string): void {
    if (this.tail.push(line) > tailLines) this.tail.shift();
    this.onLine(line);
  }
}
