import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createUser, fromSeed } from '@nats-io/nkeys';
import { permissionsOf, type SubjectPermissions } from './nats-permissions.js';

/** What the server of one installation needs to know. */
export interface NatsInstance {
  /** Holds the server's configuration and JetStream's store. */
  folder: string;
  /** Holds one seed per principal, `<principal>.nk`, readable by the owner only. */
  keysFolder: string;
  /** 0: any free port. */
  port: number;
  principals: readonly string[];
  /** Address to listen on. @defaultValue `127.0.0.1` */
  host?: string;
  /** JetStream's store as the server sees it. @defaultValue `jetstream` below the folder */
  storeFolder?: string;
  /** Further principals with their subjects. */
  others?: Readonly<Record<string, SubjectPermissions>>;
}

/** Path of a principal's seed. */
export function nkeyFile(keysFolder: string, principal: string): string {
  return join(keysFolder, `${principal}.nk`);
}

/**
 * Writes the server's configuration and makes the seeds that are missing.
 *
 * @returns the configuration's path
 */
export async function provisionNats(instance: NatsInstance): Promise<string> {
  const { folder, keysFolder } = instance;
  for (const path of [folder, keysFolder]) await mkdir(path, { recursive: true, mode: 0o700 });
  const users: string[] = [];
  const own = instance.principals.map((principal) => [principal, permissionsOf(principal)] as const);
  for (const [principal, permissions] of [...own, ...Object.entries(instance.others ?? {})]) {
    users.push(userBlock(await publicKeyOf(nkeyFile(keysFolder, principal)), principal, permissions));
  }
  const file = join(folder, 'nats-server.conf');
  await writeFile(file, serverConfig(instance, users), { mode: 0o600 });
  await chmod(file, 0o600);
  return file;
}

/**
 * Core NATS only: no monitoring, leaf node, MQTT or WebSocket listener is configured, so none is opened.
 * JetStream keeps a disposable copy of the log, hence its default sync interval.
 */
function serverConfig({ folder, port, host, storeFolder }: NatsInstance, users: string[]): string {
  return `# Written at every start; changes are overwritten.
host: ${JSON.stringify(host ?? '127.0.0.1')}
port: ${port === 0 ? -1 : port}
server_name: "agencyos"
max_payload: 1MB
max_pending: 64MB
write_deadline: "10s"
max_connections: 1000
lame_duck_duration: "30s"
jetstream {
  store_dir: ${JSON.stringify(storeFolder ?? join(folder, 'jetstream'))}
  max_memory_store: 256MB
  max_file_store: 4GB
}
authorization {
  users: [
${users.join('\n')}
  ]
}
`;
}

function userBlock(publicKey: string, principal: string, permissions: SubjectPermissions): string {
  const { publish, subscribe, mayReply } = permissions;
  return `    { # ${principal}
      nkey: ${publicKey}
      permissions: {
        publish: { allow: ${JSON.stringify(publish)} }
        subscribe: { allow: ${JSON.stringify(subscribe)} }${
          mayReply ? '\n        allow_responses: { max: 1, expires: "1m" }' : ''
        }
      }
    }`;
}

async function publicKeyOf(seedFile: string): Promise<string> {
  if (!existsSync(seedFile)) {
    const seed = new TextDecoder().decode(createUser().getSeed());
    await writeFile(seedFile, seed, { mode: 0o600 });
  }
  return fromSeed(new TextEncoder().encode((await readFile(seedFile, 'utf8')).trim())).getPublicKey();
}
