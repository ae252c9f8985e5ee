import { readTransfer, transfer } from './transfer.js';

const REPORT_EVERY_MS = 1_000;

try {
  const wanted = readTransfer(process.argv.slice(2));
  let reported = performance.now();
  const { events, contents } = await transfer(wanted, process.env, (progress) => {
    if (performance.now() - reported < REPORT_EVERY_MS) return;
    reported = performance.now();
    process.stderr.write(`${progress.events} events …\n`);
  });
  const done = wanted.verb === 'export' ? 'are in' : 'were read from';
  process.stdout.write(`${events} events and ${contents} contents ${done} ${wanted.file}\n`);
  process.exit(0);
} catch (error) {
  const { message, name } = error as Error;
  process.stderr.write(`${message}\n`);
  process.exit(name === 'TypeError' ? 2 : 1);
}
