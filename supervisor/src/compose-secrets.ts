import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { installation } from '@agencyos/contracts/installation';
import { makeServerCertificate } from './certificates.js';
import { Credentials } from './credentials.js';
import type { AgentCredential } from './nats-accounts.js';
import { provisionNats } from './nats-config.js';
import { keptOrMade, writeOwnFile } from './own-file.js';
import { serviceUrl } from './postgres-roles.js';

/**
 * Makes what `docker-compose.yml` mounts as secrets: NATS's configuration with one key per principal, and the
 * database's passwords: the owner's, and one for each service's role; KurrentDB's certificate and users. Keeps what is there, so running it again changes no
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
  await writeKurrentDbSecrets(join(folder, 'kurrentdb'));
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

/** Its certificate with the authority that clients trust, and the passwords that it gives its users at its first start. */
async function writeKurrentDbSecrets(folder: string): Promise<void> {
  const ca = join(folder, 'certs', 'ca', 'ca.crt');
  await mkdir(dirname(ca), { recursive: true, mode: 0o700 });
  const password = await keptOrMade(join(folder, 'admin-password'), () => randomBytes(24).toString('base64url'));
  const own = (path: string, text: string) => writeOwnFile(join(folder, path), text);
  // Nobody of ours is this one.
  const ops = await keptOrMade(join(folder, 'ops-password'), () => randomBytes(24).toString('base64url'));
  await own('users.env', `KURRENTDB_DEFAULT_ADMIN_PASSWORD=${password}\nKURRENTDB_DEFAULT_OPS_PASSWORD=${ops}\n`);
  await own('url', `kurrentdb://admin:${password}@kurrentdb:2113?tls=true&tlsCaFile=/run/secrets/kurrentdb-ca.crt`);
  if (existsSync(ca)) return;
  const made = makeServerCertificate('kurrentdb-node', ['kurrentdb', 'localhost', '127.0.0.1']);
  await own('certs/node.crt', made.cert);
  await own('certs/node.key', made.key);
  await own('certs/ca/ca.crt', made.ca); // the last one: before it nothing is kept
}
