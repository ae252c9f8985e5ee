import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installation } from '@agencyos/contracts/installation';
import { createUser, fromSeed } from '@nats-io/nkeys';
import { outsideAccounts, type OutsideAccount, type OutsideCredentials } from './nats-accounts.js';
import { permissionsOf, type SubjectPermissions } from './nats-permissions.js';
import { keptOrMade } from './own-file.js';

/** What the server of one installation needs to know. */
export interface NatsInstance {
  /** Holds the server's configuration and JetStream's store. */
  folder: string;
  /** Holds one seed per principal, `<principal>.nk`, readable by the owner only. */
  keysFolder: string;
  /** 0: any free port. */
  port: number;
  outside: OutsideCredentials;
  /** Address to listen on. @defaultValue `127.0.0.1` */
  host?: string;
  /** JetStream's store as the server sees it. @defaultValue `jetstream` below the folder */
  storeFolder?: string;
  /** Further principals in the product's account, with their subjects. */
  others?: Readonly<Record<string, SubjectPermissions>>;
}

/** A configuration that was written. */
export interface NatsConfig {
  file: string;
  /** Seed of a user that is in no other configuration, in an account of its own: who is answered on `PROOF_SUBJECT` has proved this one. */
  proof: Uint8Array;
}

/** The product's own account; every other one sees of it what is exported to it. */
const PRODUCT = 'PRODUCT';

/** JetStream itself answers there, whatever else runs. */
export const PROOF_SUBJECT = '$JS.API.INFO';
/** More processes than one agent has, and fewer than would keep others out. */
const OUTSIDE_CONNECTIONS = 100;
/**
 * Who connects and never signs in is of no account, and the server counts nobody by address: it is far more than a
 * program may open by chance, so that ours still find a place, and as many as the server's memory bears.
 */
const CONNECTIONS = 10_000;

/** Path of a principal's seed. */
export function nkeyFile(keysFolder: string, principal: string): string {
  return join(keysFolder, `${principal}.nk`);
}

/** Where the server writes its process id: SIGHUP to it makes it read its configuration again. */
export const natsPidFile = (folder: string): string => join(folder, 'nats.pid');

/** Writes the server's configuration and makes the seeds that are missing. */
export async function provisionNats(instance: NatsInstance): Promise<NatsConfig> {
  const { folder, keysFolder, outside, others = {} } = instance;
  for (const path of [folder, keysFolder]) await mkdir(path, { recursive: true, mode: 0o700 });
  const keyOf = (principal: string) => publicKeyOf(nkeyFile(keysFolder, principal));
  const users: string[] = [];
  const own = installation.services.map((service) => [service.name, permissionsOf(service)] as const);
  for (const [principal, permissions] of [...own, ...Object.entries(others)])
    users.push(userBlock(await keyOf(principal), principal, permissions));
  const proof = createUser();
  const proving: OutsideAccount = {
    principal: `proof_${proof.getPublicKey()}`,
    requests: [{ subject: PROOF_SUBJECT, answers: 'one' }],
    hears: [],
  };
  const accounts = [...outsideAccounts(outside), proving];
  const blocks: string[] = [];
  for (const account of accounts) {
    const key = account === proving ? proof.getPublicKey() : await keyOf(account.principal);
    blocks.push(accountBlock(key, account));
  }

  const file = join(folder, 'nats-server.conf');
  const text = serverConfig(instance, [productBlock(users, exportsTo(accounts)), ...blocks]);
  // Whole or not at all: the server may read it at any moment.
  await writeFile(`${file}.new`, text, { mode: 0o600 });
  await chmod(`${file}.new`, 0o600);
  await rename(`${file}.new`, file);
  return { file, proof: proof.getSeed() };
}

/**
 * Core NATS only: no monitoring, leaf node, MQTT or WebSocket listener is configured, so none is opened.
 * JetStream keeps a disposable copy of the log, hence its default sync interval.
 */
function serverConfig({ folder, port, host, storeFolder }: NatsInstance, accounts: string[]): string {
  return `# Written at every start; changes are overwritten.
host: ${JSON.stringify(host ?? '127.0.0.1')}
port: ${port === 0 ? -1 : port}
server_name: "agencyos"
max_payload: 1MB
max_pending: 64MB
write_deadline: "10s"
max_connections: ${CONNECTIONS}
lame_duck_duration: "30s"
${storeFolder ? '' : `pid_file: ${JSON.stringify(natsPidFile(folder))}\n`}jetstream {
  store_dir: ${JSON.stringify(storeFolder ?? join(folder, 'jetstream'))}
  max_memory_store: 256MB
  max_file_store: 4GB
}
# Not two seconds: on a busy machine a client takes longer to sign the server's challenge.
authorization { timeout: 15 }
accounts {
${accounts.join('\n')}
}
`;
}

function productBlock(users: string[], exports: string[]): string {
  return `  ${PRODUCT} {
    jetstream: enabled
    users: [
${users.join(',\n')}
    ]
    exports: [
${exports.join(',\n')}
    ]
  }`;
}

export function userBlock(publicKey: string, principal: string, permissions: SubjectPermissions): string {
  const { publish, subscribe, mayReply } = permissions;
  return `      { # ${principal}
        nkey: ${publicKey}
        permissions: {
          publish: { allow: ${JSON.stringify(publish)} }
          subscribe: { allow: ${JSON.stringify(subscribe)} }${
            mayReply ? '\n          allow_responses: { max: 1, expires: "1m" }' : ''
          }
        }
      }`;
}

/** Each subject once, for those accounts that are named. */
export function exportsTo(accounts: readonly OutsideAccount[]): string[] {
  const exported = new Map<string, { kind: string; names: string[] }>();
  const add = (kind: string, subject: string, name: string) => {
    const one = exported.get(`${kind} ${subject}`) ?? { kind, names: [] };
    exported.set(`${kind} ${subject}`, { ...one, names: [...new Set([...one.names, name])] });
  };
  for (const { principal, requests, hears } of accounts) {
    for (const { subject, answers } of requests) add(answers, subject, principal);
    for (const subject of hears) add('hears', subject, principal);
  }
  return [...exported].map(([key, { kind, names }]) => {
    const subject = JSON.stringify(key.slice(kind.length + 1));
    const what = kind === 'hears' ? `stream: ${subject}` : `service: ${subject}`;
    return `      { ${what}${kind === 'many' ? ', response_type: stream' : ''}, accounts: ${JSON.stringify(names)} }`;
  });
}

/** Its inbox may have any name: nobody else hears it. */
export function accountBlock(publicKey: string, { principal, requests, hears }: OutsideAccount): string {
  const publish = requests.map(({ subject, calledThere }) => calledThere ?? subject);
  const mayPublish = publish.length > 0 ? { allow: publish } : { deny: ['>'] };
  const subscribe = ['_INBOX.>', `_INBOX_${principal}.>`, ...hears];
  const imports = [
    ...requests.map(({ subject, calledThere }) => ({
      service: { account: PRODUCT, subject },
      ...(calledThere && { to: calledThere }),
    })),
    ...hears.map((subject) => ({ stream: { account: PRODUCT, subject } })),
  ];
  return `  ${principal} {
    users: [{
      nkey: ${publicKey}
      permissions: {
        publish: ${JSON.stringify(mayPublish)}
        subscribe: { allow: ${JSON.stringify(subscribe)} }
      }
    }]
    limits: { max_connections: ${OUTSIDE_CONNECTIONS} }
    imports: [
${imports.map((one) => `      ${JSON.stringify(one)}`).join(',\n')}
    ]
  }`;
}

async function publicKeyOf(seedFile: string): Promise<string> {
  const seed = await keptOrMade(seedFile, () => new TextDecoder().decode(createUser().getSeed()));
  return fromSeed(new TextEncoder().encode(seed)).getPublicKey();
}
