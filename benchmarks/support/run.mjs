import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { record } from './record.mjs';
import { printTable } from './table.mjs';

/**
 * `npm run bench -- NAME [--quick] [--json] [--record]`
 * Every benchmark measures its yardstick in the same run, in turns with ours, and reports medians of several rounds.
 * With `--json` the last line is `{bench, rounds, results: [{name, value, unit, peer, peerValue, ratio, target, ok}]}`.
 * With `--record` the same goes to `results/NAME.json`, with the command and the machine that it was measured on.
 * Exit code 1 where a target is missed, 2 where the benchmark could not run.
 */
export async function runBenchmark() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      record: { type: 'boolean', default: false },
    },
  });
  const here = dirname(import.meta.dirname);
  const names = readdirSync(here).flatMap((file) => (file.endsWith('.bench.mjs') ? [file.slice(0, -'.bench.mjs'.length)] : []));
  const [name] = positionals;
  if (!name || !existsSync(join(here, `${name}.bench.mjs`))) {
    console.error(`Name one of: ${names.join(', ')}.`);
    process.exit(2);
  }

  const log = (line) => console.error(line);
  try {
    const { run } = await import(`../${name}.bench.mjs`);
    const rounds = values.quick ? 2 : 5;
    const results = await run({ quick: values.quick, rounds, log });
    printTable(results);
    const outcome = { bench: name, rounds, results };
    if (values.record) await record(outcome, { quick: values.quick });
    if (values.json) console.log(JSON.stringify(outcome));
    process.exit(results.every(({ ok }) => ok !== false) ? 0 : 1);
  } catch (error) {
    console.error(error);
    process.exit(2);
  }
}
