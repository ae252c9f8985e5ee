import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { keptFiles, writeKeptFiles } from '../src/kept-files.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agencyos-kept-'));
});
afterEach(() => rm(folder, { recursive: true }));

const kept = ['agents/command-1.token', 'cli-token', 'credentials.json', 'nkeys/agent_command-1.nk', 'profiles.json'];

describe('the files of a data folder that are kept', () => {
  it('are its credentials and what its owner wrote, nothing of the machine', async () => {
    const rest = [
      'postgres-password',
      'supervisor.json',
      'backup.json',
      'journal.jsonl',
      'logs/kanban.log',
      'nkeys/kanban.nk.1',
      'ports/nats',
      'setup-url',
    ];
    for (const path of [...kept, ...rest]) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), path);
    }
    const files = keptFiles(folder);
    expect(files.map(({ path }) => path)).toEqual(kept);
    const to = join(folder, 'new');
    await writeKeptFiles(to, files);
    for (const path of kept) expect(await readFile(join(to, path), 'utf8')).toBe(path);
    expect((await stat(join(to, 'nkeys/agent_command-1.nk'))).mode & 0o077).toBe(0);
  });

  it.each([
    '../stray',
    '/etc/stray',
    'nkeys/../../stray.nk',
    'agents/a/b.token',
    'nkeys/..nk',
    'url',
    'postgres/data/PG_VERSION',
  ])('never lie at %s, whatever a backup says', async (path) => {
    await expect(writeKeptFiles(folder, [{ path, base64: '' }])).rejects.toThrow('which is no file of a data folder');
    expect(await readdir(folder)).toEqual([]);
  });
});
