import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { provisionNats } from './nats-config.js';
import { principals } from './nats-permissions.js';

/**
 * Makes what `docker-compose.yml` mounts as secrets: NATS's configuration with one key per principal, and the
 * database's password. Keeps what is there, so running it again changes no credential.
 */
export async function writeComposeSecrets(folder: string, agentIds: readonly string[]): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const passwordFile = join(folder, 'postgres-password');
  if (!existsSync(passwordFile))
    await writeFile(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 });
  const password = (await readFile(passwordFile, 'utf8')).trim();
  await writeFile(join(folder, 'database-url'), `postgres://agencyos:${password}@postgres:5432/agencyos`, {
    mode: 0o600,
  });
  await provisionNats({
    folder,
    keysFolder: join(folder, 'nkeys'),
    host: '0.0.0.0',
    port: 4222,
    storeFolder: '/data/jetstream',
    principals: principals(agentIds),
  });
}
