import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { CliProblem } from './cli-problem.js';

/** The person in front of the command line, if there is one. */
export interface Terminal {
  /** Somebody can answer. */
  readonly interactive: boolean;
  /** Words beside the answer, e.g. what to do meanwhile. */
  say(words: string): void;
  ask(question: string): Promise<string>;
  /** What is typed is not shown. */
  askHidden(question: string): Promise<string>;
}

/** Questions go to standard error, so that what is printed can be piped on. */
export const processTerminal: Terminal = {
  get interactive() {
    return process.stdin.isTTY === true && process.stderr.isTTY === true;
  },
  say: (words) => void process.stderr.write(`${words}\n`),
  ask: (question) => answer(question, process.stderr),
  askHidden: async (question) => {
    process.stderr.write(question);
    const typed = await answer('', new Writable({ write: (_chunk, _encoding, done) => done() }));
    process.stderr.write('\n');
    return typed;
  },
};

async function answer(question: string, output: NodeJS.WritableStream): Promise<string> {
  const lines = createInterface({ input: process.stdin, output, terminal: true });
  const gone = new AbortController();
  lines.once('close', () => gone.abort());
  try {
    return await lines.question(question, { signal: gone.signal });
  } catch {
    throw new CliProblem('Nothing was done.');
  } finally {
    lines.close();
  }
}
