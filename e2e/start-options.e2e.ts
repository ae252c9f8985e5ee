import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestServers, type TestServers } from '@agencyos/supervisor/testing';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
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
});
