import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type BackupCounts, type BackupMade, backupText } from '@agencyos/runtime/backup';
import { assertOwnDatabase, keptFiles, Problem } from '@agencyos/supervisor';
import { BACKUP, openDatabases, release } from './installation.js';
import { encrypterOf, type Seal, sealed } from './seal.js';

export interface BackupRequest {
  file: string;
  dataDir: string;
  seal: Seal;
}

/** A backup that lies in its file. */
export interface WrittenBackup extends BackupMade {
  file: string;
  bytes: number;
}

/**
 * Writes a sealed backup of an installation, running or not, beside its place and renames it once it is on the disk.
 * @throws Problem, WrongLog
 */
export async function makeBackup(
  { file, dataDir, seal }: BackupRequest,
  environment: NodeJS.ProcessEnv,
  report?: (counts: BackupCounts) => void,
): Promise<WrittenBackup> {
  if (existsSync(file)) throw new Problem(`There is a file ${file} already: name a new one.`);
  if (!environment['DATABASE_URL']) assertOwnDatabase(dataDir);
  const encrypter = encrypterOf(seal);
  const databases = await openDatabases(dataDir, environment, BACKUP);
  const draft = `${file}.part`;
  try {
    const { rows } = await databases.pool.query<{ log: string | null }>("SELECT to_regclass('eventstore.events') AS log");
    if (!rows[0]!.log) throw new Problem('DATABASE_URL names a database that holds no installation: set it as for its start.');
    let made: BackupMade | undefined;
    const source = { ...databases, files: keptFiles(dataDir), release, ...(report && { report }) };
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await pipeline(
      sealed(
        backupText(source, (backup) => (made = backup)),
        encrypter,
      ),
      createWriteStream(draft, { mode: 0o600, flush: true }),
    );
    await rename(draft, file);
    await flushFolder(dirname(file));
    return { ...made!, file, bytes: (await stat(file)).size };
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  } finally {
    await databases.close();
  }
}

/** A name is on the disk once its folder is. */
export async function flushFolder(path: string): Promise<void> {
  const folder = await open(path);
  await folder.sync().finally(() => folder.close());
}
