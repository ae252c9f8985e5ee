import { createServer, type Server } from 'node:http';
import { writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { agencyos, commandLine, here } from './command-line.js';

commandLine();

describe('agencyos backup and restore', () => {
  it('want a file, and a passphrase from a person or from a file', async () => {
    await expect(agencyos('backup')).rejects.toThrow('Which file?');
    await expect(agencyos('restore')).rejects.toThrow('Which file?');
    await expect(agencyos('backup', 'one')).rejects.toThrow('asked for in a terminal: name --passphrase-file');
    await expect(agencyos('restore', 'one')).rejects.toThrow('asked for in a terminal: name --passphrase-file');
  });

  it('take no passphrase that is short, or typed in two ways', async () => {
    here.answers = ['short'];
    await expect(agencyos('backup', 'one')).rejects.toThrow('at least 10 characters. Nothing was done.');
    here.answers = ['only for this test', 'only for that test'];
    await expect(agencyos('backup', 'one')).rejects.toThrow('The two differ. Nothing was done.');
  });
});

describe('agencyos status, where backups are made', () => {
  let supervisor: Server;
  afterEach(() => new Promise((resolve) => supervisor.close(resolve)));

  async function told(backups: object): Promise<string> {
    supervisor = createServer((_, response) => response.end(JSON.stringify({ processes: [], backups })));
    await new Promise<void>((resolve) => supervisor.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(supervisor.address() as AddressInfo).port}`;
    writeFileSync(join(here.folder, 'supervisor.json'), JSON.stringify({ url, token: 'secret' }));
    for (const view of ['run-list/all', 'inbox/all', 'services/all', 'incidents/all']) here.gateway.put(view, {});
    expect(await agencyos('status')).toBe(0);
    return here.output;
  }

  const every6 = { how: 'every 6 h', next: ['2026-11-27T18:00:00.000Z'] };

  it('shows the last good one', async () => {
    const lastGood = { at: new Date(Date.now() - 7_200_000).toISOString(), file: '/safe/one.backup', bytes: 1 };
    expect(await told({ ...every6, running: false, lastGood })).toContain(
      'Last good backup: 2 h 00 min ago, /safe/one.backup (one every 6 h, the next 2026-11-27T18:00:00.000Z)',
    );
  });

  it('shows one that failed', async () => {
    const failed = { at: '2026-11-27T12:00:00.000Z', why: 'no space left' };
    const output = await told({ ...every6, running: true, failed });
    expect(output).toContain(
      'No good backup yet (one every 6 h, one is being made)\n! The backup of 2026-11-27T12:00:00.000Z failed: no space left',
    );
  });
});
