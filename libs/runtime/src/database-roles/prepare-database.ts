import pg from 'pg';
import { migrateEventStore } from '../event-store/postgres/schema.js';

/** A service and how it will log in. */
export interface ServiceLogin {
  /** Also its schema and, by default, its role. */
  service: string;
  role: string;
  password: string;
}

/** What every service may do with the log: read, append, never change. */
const MEMBERS = 'agencyos_service';
/** Deletes content that no event names; the others may only say that they still need some. */
const COLLECTOR = 'relay';
const PREPARE_LOCK = '1095192403, 2';

/**
 * Makes the log's schema and a role with a schema of its own for each service. Whoever calls it owns the log and everything
 * that may change what was recorded; what services made while one role did everything becomes theirs. Can be repeated.
 *
 * @param ownerUrl of a role that may create roles and schemas; it must not be one of the services'
 */
export async function prepareDatabase(ownerUrl: string, logins: readonly ServiceLogin[]): Promise<void> {
  const pool = new pg.Pool({ connectionString: ownerUrl, max: 1, application_name: 'agencyos-prepare' });
  pool.on('error', () => undefined);
  try {
    await migrateEventStore(pool);
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      await client.query(`SELECT pg_advisory_xact_lock(${PREPARE_LOCK})`);
      await makeRole(client, MEMBERS, 'NOLOGIN');
      await grantLog(client);
      for (const login of logins) await prepareService(client, login);
      await client.query('COMMIT');
    } finally {
      client.release(true);
    }
  } finally {
    await pool.end();
  }
}

async function grantLog(client: pg.PoolClient): Promise<void> {
  await client.query(`
    GRANT USAGE ON SCHEMA eventstore TO ${MEMBERS};
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA eventstore TO ${MEMBERS};
    REVOKE UPDATE, DELETE, TRUNCATE ON eventstore.events FROM ${MEMBERS};
    REVOKE UPDATE ON eventstore.answers FROM ${MEMBERS};
    REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON eventstore.migration FROM ${MEMBERS};
    REVOKE UPDATE, DELETE, TRUNCATE ON eventstore.installation FROM ${MEMBERS};
    REVOKE UPDATE, DELETE, TRUNCATE ON eventstore.content FROM ${MEMBERS};
    GRANT UPDATE (stored_at) ON eventstore.content TO ${MEMBERS};
    REVOKE CREATE ON SCHEMA public FROM PUBLIC`);
}

async function prepareService(client: pg.PoolClient, { service, role, password }: ServiceLogin): Promise<void> {
  const [name, schema] = [pg.escapeIdentifier(role), pg.escapeIdentifier(service)];
  await makeRole(client, role, 'LOGIN');
  await client.query(`ALTER ROLE ${name} PASSWORD ${pg.escapeLiteral(password)}`);
  await client.query(`GRANT ${MEMBERS} TO ${name}`);
  if (service === COLLECTOR) await client.query(`GRANT DELETE ON eventstore.content TO ${name}`);
  // To give something to a role one must be a member of it, which a superuser is of all.
  await client.query(`GRANT ${name} TO CURRENT_USER`);
  await client.query(`CREATE SCHEMA IF NOT EXISTS ${schema} AUTHORIZATION ${name}`);
  await client.query(`ALTER SCHEMA ${schema} OWNER TO ${name}`);
  await client.query(`REVOKE ALL ON SCHEMA ${schema} FROM PUBLIC`);
  for (const statement of await foreignObjects(client, service, role)) await client.query(statement);
}

/**
 * Makes the role, or takes from one that is there what it must not have; only that, for an owner who is no superuser may
 * not so much as name the other attributes.
 */
async function makeRole(client: pg.PoolClient, role: string, login: 'LOGIN' | 'NOLOGIN'): Promise<void> {
  const name = pg.escapeIdentifier(role);
  const { rows } = await client.query<Record<string, boolean>>(
    'SELECT rolsuper, rolcreatedb, rolcreaterole, rolcanlogin FROM pg_roles WHERE rolname = $1',
    [role],
  );
  const [known] = rows;
  if (!known) return void (await client.query(`CREATE ROLE ${name} ${login}`));
  const changes = [
    ...(known['rolsuper'] ? ['NOSUPERUSER'] : []),
    ...(known['rolcreatedb'] ? ['NOCREATEDB'] : []),
    ...(known['rolcreaterole'] ? ['NOCREATEROLE'] : []),
    ...(known['rolcanlogin'] === (login === 'LOGIN') ? [] : [login]),
  ];
  if (changes.length > 0) await client.query(`ALTER ROLE ${name} ${changes.join(' ')}`);
}

/** Statements that give the schema's objects to the role; sequences and indexes go with their tables. */
async function foreignObjects(client: pg.PoolClient, schema: string, role: string): Promise<string[]> {
  const { rows } = await client.query<{ statement: string }>(
    `SELECT format('ALTER %s %I.%I OWNER TO %I', CASE c.relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END,
        n.nspname, c.relname, $2::text) AS statement
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v') AND pg_get_userbyid(c.relowner) <> $2
      UNION ALL
      SELECT format('ALTER ROUTINE %s OWNER TO %I', p.oid::regprocedure, $2::text)
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
      WHERE n.nspname = $1 AND pg_get_userbyid(p.proowner) <> $2`,
    [schema, role],
  );
  return rows.map(({ statement }) => statement);
}
