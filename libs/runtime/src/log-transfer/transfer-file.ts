import { createReadStream, type WriteStream, createWriteStream } from 'node:fs';
import { truncate } from 'node:fs/promises';
import { once } from 'node:events';
import { BrokenExport, HashChain, type Line } from './transfer-line.js';

const LINE_FEED = 10;

/** The whole lines of a text with the offset behind each; what an interrupted export left behind them is passed over. */
export async function* textLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<{ text: string; end: number }> {
  let parts: Buffer[] = [];
  let offset = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, from)) {
      parts.push(chunk.subarray(from, at));
      from = at + 1;
      yield { text: Buffer.concat(parts).toString('utf8'), end: offset + from };
      parts = [];
    }
    parts.push(chunk.subarray(from));
    offset += chunk.length;
  }
}

const fileLines = (path: string) => textLines(createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>);

/** Reads an exported log line by line, checking the chain of hashes. @throws BrokenExport */
export async function* readLines(path: string): AsyncGenerator<Line> {
  const chain = new HashChain();
  let number = 0;
  for await (const { text } of fileLines(path)) yield chain.read(text, ++number);
}

/** Appends lines to a file. */
export class TransferWriter {
  private constructor(
    private readonly file: WriteStream,
    private readonly chain: HashChain,
  ) {}

  /**
   * Opens a file to write on: hands over the lines that it has, up to its end line, and continues behind them.
   * @throws BrokenExport
   */
  static async open(path: string, found: (line: Line) => void): Promise<TransferWriter> {
    const chain = new HashChain();
    let [number, keep] = [0, 0];
    try {
      for await (const { text, end } of fileLines(path)) {
        const line = chain.read(text, ++number);
        if (line.kind === 'end') {
          chain.undo();
          break;
        }
        found(line);
        keep = end;
      }
      await truncate(path, keep);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    return new TransferWriter(createWriteStream(path, { flags: 'a', mode: 0o600 }), chain);
  }

  async write(line: Line): Promise<void> {
    if (!this.file.write(`${this.chain.write(line)}\n`)) await once(this.file, 'drain');
  }

  async close(): Promise<void> {
    this.file.end();
    await once(this.file, 'close');
  }
}

/** What a whole export holds, every line checked. */
export interface ExportSummary {
  identity: string;
  installationId: string;
  events: number;
  contents: number;
}

/** Reads it all, so that nothing of a broken file is ever imported. @throws BrokenExport */
export async function checkExport(path: string): Promise<ExportSummary> {
  let head: Extract<Line, { kind: 'log' }> | undefined;
  let end: Extract<Line, { kind: 'end' }> | undefined;
  let [events, contents] = [0, 0];
  for await (const line of readLines(path)) {
    if (end) throw new BrokenExport('there is more behind the end');
    if (line.kind === 'log') head = line;
    if (line.kind === 'event') events++;
    if (line.kind === 'content') contents++;
    if (line.kind === 'end') end = line;
  }
  if (!head) throw new BrokenExport('the file is no exported log');
  if (!end) throw new BrokenExport('the export was interrupted: run it again, it continues');
  if (end.events !== events || end.contents !== contents) throw new BrokenExport('lines are missing');
  return { identity: head.identity, installationId: head.installationId, events, contents };
}
