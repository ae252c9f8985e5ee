import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestServers, type TestServers } from '@agencyos/testing/servers';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { preparedDatabase, services } from './support/prepared-database.js';
import { processesOf } from './support/processes.js';
import { generateRepository } from './support/repository.js';
import { System } from './support/system.js';
import { until } from './support/until.js';

let repository: string;
let system: System | undefined;

beforeAll(async () => {
  repository = await generateRepository({ breaking: false });
});

afterAll(() => rm(repository, { recursive: true, force: true }));

afterEach(async () => {
  await system?.discard();
  system = undefined;
});

describe('npm start -- --demo', () => {
  it('runs the example to its end, then stops everything and exits 0', async () => {
    system = await System.launch({ repository, through: 'npm', flags: ['--demo'] });
    await until('npm start has ended', () => system!.child.exitCode !== null);
    expect(await system.exited()).toBe(0);
    expect(await system.output()).toMatch(/succeeded/);
  });

  it('leaves nothing behind when it is stopped in the middle', async () => {
    system = await System.launch({ repository, flags: ['--demo'] });
    const { dataDir } = system;
    await until('the command line follows the run', () =>
      processesOf(dataDir).find(({ command }) => command.includes('agencyos.mjs demo')),
    );
    expect(await system.stop('SIGTERM')).toBe(130);
  });
});

describe('npm start on servers that exist already', () => {
  let servers: TestServers;

  beforeAll(async () => {
    servers = await startTestServers();
  });

  afterAll(() => servers.stop());

  it('gets ready, starts none of its own, and leaves nothing behind with --until-ready', async () => {
    const env = {
      NATS_URL: servers.natsUrl,
      NATS_NKEYS_DIR: dirname(servers.nkeyFile('relay')),
      DATABASE_URL: servers.databaseUrl,
    };
    system = await System.launch({ repository, through: 'npm', flags: ['--until-ready'], env });
    await until('npm start has ended', () => system!.child.exitCode !== null);
    expect(await system.exited()).toBe(0);
    expect(await system.output()).toMatch(/AgencyOS is ready/);
    for (const own of ['postgres', 'nats', 'nkeys']) expect(existsSync(join(system.dataDir, own))).toBe(false);
  });

  it('runs with a role for each service where its owner, no superuser, has prepared the database as documented (fault 12)', async () => {
    const own = await preparedDatabase(servers.databaseUrl);
    try {
      const env = { DATABASE_URL: own.url, DATABASE_URLS_DIR: own.folder };
      system = await System.start({ repository, env });
      expect(await system.output()).not.toContain('one role of DATABASE_URL');
      const connected = await own.ask(
        `SELECT DISTINCT usename::text AS name FROM pg_stat_activity WHERE datname = 'own' AND pid <> pg_backend_pid() ORDER BY 1`,
      );
      expect(connected).toEqual(services.map((service) => ({ name: `our_${service}` })));
      const ownersTables = await own.ask(`SELECT DISTINCT schemaname::text AS name FROM pg_tables WHERE tableowner = 'keeper'`);
      expect(ownersTables).toEqual([{ name: 'eventstore' }]);
      expect(await system.stop()).toBe(0);
    } finally {
      await own.discard();
    }
  });
});
