import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installation } from '@agencyos/contracts/installation';
import { Credentials } from './credentials.js';
import type { AgentCredential } from './nats-accounts.js';
import { provisionNats } from './nats-config.js';
import { keptOrMade } from './own-file.js';
import { serviceUrl } from './postgres-roles.js';

/**
 * Makes what `docker-compose.yml` mounts as secrets: NATS's configuration with one key per principal, and the
 * database's passwords: the owner's, and one for each service's role. Keeps what is there, so running it again changes no
 * credential; `credentials.json` in the folder names further agents and subscribers.
 */
export async function writeComposeSecrets(folder: string, agents: readonly AgentCredential[]): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const passwordFile = join(folder, 'postgres-password');
  const password = await keptOrMade(passwordFile, () => randomBytes(24).toString('base64url'));
  const ownerUrl = `postgres://agencyos:${password}@postgres:5432/agencyos`;
  await writeFile(join(folder, 'database-url'), ownerUrl, { mode: 0o600 });
  await mkdir(join(folder, 'database'), { recursive: true, mode: 0o700 });
  for (const { name } of installation.services)
    await writeFile(join(folder, 'database', `${name}.url`), serviceUrl(ownerUrl, name), { mode: 0o600 });
  const credentials = await Credentials.open(join(folder, 'credentials.json'), agents);
  await provisionNats({
    folder,
    keysFolder: join(folder, 'nkeys'),
    host: '0.0.0.0',
    port: 4222,
    storeFolder: '/data/jetstream',
    outside: credentials.all,
  });
}
