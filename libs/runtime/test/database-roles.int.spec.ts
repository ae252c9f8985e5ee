import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { until } from '@agencyos/testing';
import { freePort } from '@agencyos/testing/servers';

it('the roles of services wait for a database that is not there yet, and say why', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'agencyos-roles-'));
  const file = join(folder, 'kanban.url');
  await writeFile(file, 'postgres://kanban:secret@127.0.0.1/agencyos');
  const env = { PATH: process.env['PATH'], DATABASE_URL: `postgres://owner:hidden@127.0.0.1:${await freePort()}/agencyos` };
  const main = join(import.meta.dirname, '../dist/database-roles/main.js');
  const child = spawn(process.execPath, [main, file], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (text: Buffer) => (said += String(text)));
  try {
    await until(() => said !== '');
    expect(said).toMatch(/^Waiting for the database: connect ECONNREFUSED 127\.0\.0\.1:\d+\n$/);
    expect(child.exitCode).toBeNull();
  } finally {
    child.kill();
    await once(child, 'exit');
    await rm(folder, { recursive: true });
  }
});
