import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import {
  type BackupCounts,
  type BackupSummary,
  checkBackup,
  restoreBackup,
  type ViewsLine,
  type WantedViews,
} from '@agencyos/runtime/backup';
import { clearRemains, noteDatabasePlace, Problem, writeKeptFiles } from '@agencyos/supervisor';
import { serviceProgram } from '@agencyos/supervisor/processes';
import { type Databases, openDatabases, projectRoot, release, RESTORE } from './installation.js';
import { flushFolder } from './make-backup.js';
import { type Key, opened } from './seal.js';

export interface RestoreRequest {
  file: string;
  /** Made by it, or empty. */
  dataDir: string;
  key: Key;
}

/** Lies in a folder that a restore has not finished. */
const UNFINISHED = 'unfinished-restore';

/** Reads a whole backup. @throws NotOpened, BrokenExport, NewerBackup */
export async function check(file: string, key: Key): Promise<BackupSummary> {
  return checkBackup(await opened(file, key), release);
}

/**
 * Restores a backup into an empty folder, and into the empty database that DATABASE_URL names if it does. Everything is
 * made in a folder beside its place, which gets its name as the last step: before that nothing can be started there.
 * @throws Problem, NotOpened, BrokenExport, NewerBackup, TargetTaken, ViewsDiffer
 */
export async function restore(
  { file, dataDir, key }: RestoreRequest,
  environment: NodeJS.ProcessEnv,
  report?: (counts: Pick<BackupCounts, 'events' | 'contents'>) => void,
): Promise<BackupSummary> {
  if (existsSync(dataDir) && readdirSync(dataDir).length > 0)
    throw new Problem(`${dataDir} is not empty: restore into a new folder, named with --data-dir.`);
  const open = await opened(file, key);
  const summary = await checkBackup(open, release);
  const staging = join(dirname(dataDir), `${basename(dataDir)}.restoring`);
  await startAnew(staging);
  await writeKeptFiles(staging, summary.contentsOfFiles);
  const databases = await openDatabases(staging, environment, RESTORE);
  let closed = false;
  const close = async () => {
    if (!closed) await databases.close();
    closed = true;
  };
  try {
    const makeViews = (service: string, wanted: WantedViews[]) => viewsMade(service, wanted, databases, environment);
    const finish = await restoreBackup(open, summary, { ...databases, makeViews, ...(report && { report }) });
    const elsewhere = environment['DATABASE_URL'];
    if (elsewhere) {
      await noteDatabasePlace(staging, elsewhere);
      await putInPlace(staging, dataDir);
      await finish();
    } else {
      await finish();
      await close();
      await putInPlace(staging, dataDir);
    }
    return summary;
  } finally {
    await close();
  }
}

/** What an interrupted restore left there goes; anything else stays, and stands in the way. */
async function startAnew(staging: string): Promise<void> {
  if (existsSync(staging)) {
    if (!existsSync(join(staging, UNFINISHED)) && readdirSync(staging).length > 0)
      throw new Problem(`${staging} is in the way: move it elsewhere.`);
    await clearRemains(join(staging, 'postgres', 'data'));
    await rm(staging, { recursive: true });
  }
  await mkdir(staging, { recursive: true, mode: 0o700 });
  await writeFile(join(staging, UNFINISHED), 'Of a restore that was not finished: it can be removed.\n');
}

async function putInPlace(staging: string, dataDir: string): Promise<void> {
  await rm(join(staging, UNFINISHED));
  await rename(staging, dataDir);
  await flushFolder(dirname(dataDir));
}

/** By the service's own program, which alone knows its tables and views. */
async function viewsMade(
  service: string,
  wanted: WantedViews[],
  { url }: Databases,
  environment: NodeJS.ProcessEnv,
): Promise<ViewsLine[]> {
  const program = serviceProgram(projectRoot, service);
  if (!program) throw new Problem(`The backup has rows of a service ${service}, which there is not.`);
  const { PATH, KURRENTDB_URL } = environment;
  const child = spawn(process.execPath, ['--enable-source-maps', program, 'build-views'], {
    env: { PATH, LOG_LEVEL: 'silent', DATABASE_URL: url, ...(KURRENTDB_URL && { KURRENTDB_URL }) },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.on('error', () => undefined); // it ended before; its exit code says so
  child.stdin.end(JSON.stringify(wanted));
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ]);
  if (code !== 0) throw new Problem(`The views of ${service} could not be made: ${err.trim().split('\n').at(-1)}`);
  return JSON.parse(out) as ViewsLine[];
}
