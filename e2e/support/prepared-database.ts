import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import { installation } from '@agencyos/contracts/installation';
import pg from 'pg';

const root = join(import.meta.dirname, '..', '..');
const OWNER = { name: 'keeper', password: 'of the keeper' };

/** The services that have a role of their own. */
export const services = installation.services.map(({ name }) => name).sort();

/** A database on a server of an operator's own, and what its owner has prepared there. */
export interface PreparedDatabase {
  /** Address of the owner. */
  url: string;
  /** With `<service>.url`. */
  folder: string;
  /** As the server's administrator. */
  ask(statement: string): Promise<unknown[]>;
  discard(): Promise<void>;
}

/** Does what supervisor/README.md says: an owner who is no superuser, a role for each service, the documented command. */
export async function preparedDatabase(administrator: string): Promise<PreparedDatabase> {
  const at = (username: string, password: string) =>
    Object.assign(new URL(administrator), { username, password, pathname: '/own' }).href;
  const ask = async (statement: string, url = Object.assign(new URL(administrator), { pathname: '/own' }).href) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    return (await client.query(statement).finally(() => client.end())).rows as unknown[];
  };
  await ask(`CREATE ROLE ${OWNER.name} LOGIN CREATEROLE PASSWORD '${OWNER.password}'`, administrator);
  await ask(`CREATE DATABASE own OWNER ${OWNER.name}`, administrator);
  const folder = await mkdtemp(join(tmpdir(), 'agencyos-urls-'));
  const files = services.map((service) => join(folder, `${service}.url`));
  for (const [n, service] of services.entries())
    await writeFile(files[n]!, `${at(`our_${service}`, `of ${service}`)}\n`, { mode: 0o600 });
  const url = at(OWNER.name, OWNER.password);
  const env = { PATH: process.env['PATH'], DATABASE_URL: url };
  // As before every start of a newer version.
  for (let start = 0; start < 2; start++)
    await promisify(execFile)(process.execPath, [join(root, 'libs/runtime/dist/database-roles/main.js'), ...files], { env });
  return { url, folder, ask, discard: () => rm(folder, { recursive: true }) };
}
