import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { readConfig } from './config.js';

const folder = mkdtempSync(join(tmpdir(), 'agencyos-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('reads addresses that hold secrets from files, which win', () => {
  const fileOf = (name: string, text: string) => {
    writeFileSync(join(folder, name), `${text}\n`);
    return join(folder, name);
  };
  const config = readConfig('kanban', {
    DATABASE_URL: 'postgres://other',
    DATABASE_URL_FILE: fileOf('database', 'postgres://kanban:secret@db/agencyos'),
    KURRENTDB_URL_FILE: fileOf('kurrentdb', 'kurrentdb://admin:secret@log:2113'),
  });
  expect(config).toMatchObject({
    databaseUrl: 'postgres://kanban:secret@db/agencyos',
    kurrentdbUrl: 'kurrentdb://admin:secret@log:2113',
  });
});

it('names a wrong variable, and does not repeat what it holds', () => {
  writeFileSync(join(folder, 'wrong'), 'http://admin:hidden@log');
  const wrong = () => readConfig('kanban', { KURRENTDB_URL_FILE: join(folder, 'wrong') });
  expect(wrong).toThrow('wrong environment of kanban: KURRENTDB_URL: is no kurrentdb:// address');
  expect(wrong).not.toThrow('hidden');
});
