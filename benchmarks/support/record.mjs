import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '..', 'results');

/** Keeps an outcome as the result of record: `results/<bench>.json`, or `<bench>-kurrentdb.json` with a KurrentDB. */
export async function record({ bench, rounds, results }, { quick }) {
  const onKurrentDb = Boolean(process.env.KURRENTDB_URL);
  const command = `${onKurrentDb ? 'KURRENTDB_URL=… ' : ''}npm run bench -- ${bench}${quick ? ' --quick' : ''} --json --record`;
  const machine = {
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    loadBefore: Number(startLoad.toFixed(1)),
  };
  const document = {
    bench,
    command,
    date: new Date().toISOString().slice(0, 10),
    machine,
    rounds,
    results: results.map(rounded),
  };
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${bench}${onKurrentDb ? '-kurrentdb' : ''}.json`), `${JSON.stringify(document, null, 2)}\n`);
}

/** Load average of the last minute when the benchmark was started: other work makes figures worse than they are. */
const startLoad = loadavg()[0];

/** Four significant digits: no more are meant. */
const rounded = (result) =>
  Object.fromEntries(
    Object.entries(result).map(([key, value]) => [key, typeof value === 'number' ? Number(value.toPrecision(4)) : value]),
  );
