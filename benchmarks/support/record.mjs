import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '..', 'results');

/** Keeps an outcome as the result of record: `results/<bench>.json`. */
export async function record({ bench, rounds, results }, { quick }) {
  const command = `npm run bench -- ${bench}${quick ? ' --quick' : ''} --json --record`;
  const machine = {
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    loadBefore: Number(startLoad.toFixed(1)),
  };
  const log = process.env.KURRENTDB_URL ? { log: 'KURRENTDB_URL was set' } : {};
  const document = { bench, command, date: new Date().toISOString().slice(0, 10), machine, ...log, rounds, results: results.map(rounded) };
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${bench}.json`), `${JSON.stringify(document, null, 2)}\n`);
}

/** Load average of the last minute when the benchmark was started: other work makes figures worse than they are. */
const startLoad = loadavg()[0];

/** Four significant digits: no more are meant. */
const rounded = (result) =>
  Object.fromEntries(Object.entries(result).map(([key, value]) => [key, typeof value === 'number' ? Number(value.toPrecision(4)) : value]));
