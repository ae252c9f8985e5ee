import { readFileSync } from 'node:fs';
import { CliProblem } from './cli-problem.js';
import { program } from './program.js';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
// `agencyos … | head` closes the pipe early: that is no fault.
process.stdout.on('error', () => process.exit(0));
try {
  const exitCode = await program(process.argv.slice(2), version, (text) => void process.stdout.write(text));
  // A WebSocket to a gateway that has fallen silent waits for its goodbye for ever.
  process.stdout.write('', () => process.exit(exitCode));
} catch (error) {
  if (!(error instanceof CliProblem)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(error.exitCode); // other requests of the same command may still be waiting out an outage
}
