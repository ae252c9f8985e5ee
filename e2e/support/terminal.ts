import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { until } from './until.js';

/** A program with a person in front of it, on a terminal of its own, who answers each question. */
export async function atTerminal(
  argv: string[],
  answers: [question: string, answer: string][],
  options: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<{ code: number | null; said: string }> {
  const command = argv.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], options);
  const exit = once(child, 'exit').then(([code]) => code as number | null);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => (said += bytes.toString()));
  let from = 0;
  for (const [question, answer] of answers) {
    await until(
      `the question "${question}"`,
      () => said.slice(from),
      (more) => more.includes(question),
    );
    from = said.length;
    child.stdin.write(`${answer}\n`);
  }
  return { code: await exit, said: said.replaceAll('\r\n', '\n') };
}
