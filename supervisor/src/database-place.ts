import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '../bin/problem.mjs';

/** Its presence says that the last start used another PostgreSQL; its address is not ours to keep. */
const elsewhereFile = (dataDir: string) => join(dataDir, 'database-elsewhere');

/** Notes where the installation of a data folder has its database, for who comes without its environment. */
export async function noteDatabasePlace(dataDir: string, databaseUrl: string | undefined): Promise<void> {
  const file = elsewhereFile(dataDir);
  if (databaseUrl) await writeFile(file, 'The last start was told by DATABASE_URL where the database is.\n');
  else await rm(file, { force: true });
}

/** @throws Problem unless the data folder holds the database of its installation */
export function assertOwnDatabase(dataDir: string): void {
  if (existsSync(elsewhereFile(dataDir))) {
    throw new Problem(`The installation in ${dataDir} has its database elsewhere: set DATABASE_URL as for its start.`);
  }
  if (!existsSync(join(dataDir, 'postgres', 'data'))) {
    throw new Problem(
      `There is no database in ${dataDir}: name the installation's data folder with --data-dir, or set DATABASE_URL if its database is elsewhere.`,
    );
  }
}
