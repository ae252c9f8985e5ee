import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { tied } from '../guarded.js';
import type { Settings } from '../settings.js';
import type { BackupSettings } from './backup-settings.js';
import type { MakeBackup } from './backups.js';

const Answer = z.object({ bytes: z.number(), events: z.number(), digest: z.string() });

/** By the program of `agencyos backup`, as the owner of the database. */
export function backupProgram(
  { projectRoot, dataDir, kurrentdbUrl }: Pick<Settings, 'projectRoot' | 'dataDir' | 'kurrentdbUrl'>,
  { recipient, passphraseFile }: BackupSettings,
  databaseUrl: string,
): MakeBackup {
  const program = join(projectRoot, 'services/relay/dist/backup/main.js');
  const seal = recipient ? ['--recipient', recipient] : ['--passphrase-file', passphraseFile!];
  return async (file, signal) => {
    const launch = tied({ program: process.execPath, args: [program, 'make', file, '--json', '--data-dir', dataDir, ...seal] });
    const env = { PATH: process.env['PATH'], DATABASE_URL: databaseUrl, ...(kurrentdbUrl && { KURRENTDB_URL: kurrentdbUrl }) };
    const child = spawn(launch.program, launch.args, { env, stdio: ['ignore', 'pipe', 'pipe'], signal });
    child.on('error', () => undefined); // its exit says so
    const [out, err, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close') as Promise<[number | null]>,
    ]);
    if (code !== 0) throw new Error(err.trim().split('\n').at(-1) || `the backup's program ended with ${code ?? 'a signal'}`);
    return Answer.parse(JSON.parse(out));
  };
}
