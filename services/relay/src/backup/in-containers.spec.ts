import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bindLog, migrateEventStore, PostgresEventStore } from '@agencyos/runtime';
import { until } from '@agencyos/testing';
import { appendOf } from '@agencyos/testing/facts';
import { startTestServers, type TestServers } from '@agencyos/testing/servers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { Pool } from 'pg';

const program = join(import.meta.dirname, '../../dist/backup/main.js');
const folder = mkdtempSync(join(tmpdir(), 'agencyos-scheduled-'));
const backups = join(folder, 'backups');
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const identity = await generateX25519Identity();
const seal = file('recipient', `${await identityToRecipient(identity)}\n`);
const key = file('identity', `${identity}\n`);

let servers: TestServers;
beforeAll(async () => {
  servers = await startTestServers({ nats: false });
});
afterAll(async () => {
  await servers.stop();
  rmSync(folder, { recursive: true });
});

/** As the chart calls it: the address in a file, and no data folder. */
function run(url: string, ...args: string[]): string {
  const env = { PATH: process.env['PATH'], DATABASE_URL_FILE: file('owner.url', `${url}\n`) };
  const all = [program, ...args, '--data-dir', join(folder, 'none')];
  const { stdout, stderr } = spawnSync(process.execPath, all, { encoding: 'utf8', env });
  return stdout + stderr;
}

async function installed(url: string): Promise<void> {
  const pool = new Pool({ connectionString: url });
  await migrateEventStore(pool);
  const store = new PostgresEventStore({ url });
  await bindLog(pool, store);
  await store.append(appendOf('board-1', [{ type: 'BoardCreated' }]));
  await store.close();
  await pool.end();
}

describe('backups of a schedule', () => {
  it('lie in a folder under the time, so many of them, beside what is not theirs; what is there is restored once', async () => {
    const url = await servers.createDatabase();
    await installed(url);
    const make = () => run(url, 'make', backups, '--keep', '1', '--recipients-file', seal);
    expect(make()).toMatch(/^1 events/);
    writeFileSync(join(backups, 'agencyos-of-somebody.backup'), '');
    await until(() => make().startsWith('1 events')); // not within the same second
    const ours = readdirSync(backups).filter((name) => /^agencyos-\d.*Z\.backup$/.test(name));
    expect([ours.length, readdirSync(backups).sort()]).toEqual([1, [...ours, 'agencyos-of-somebody.backup', 'backups.json']]);

    const empty = await servers.createDatabase();
    const restore = () => run(empty, 'restore', join(backups, ours[0]!), '--unless-taken', '--identity', key);
    expect(restore()).toMatch(/^1 events and 0 contents/);
    expect(restore()).toContain('holds an installation already: nothing was restored');
  });

  it('that cannot be made say why', async () => {
    expect(run(await servers.createDatabase(), 'make', backups, '--keep', '1', '--recipients-file', seal)).toContain(
      'holds no installation',
    );
  });
});
