import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const root = fileURLToPath(new URL('../../', import.meta.url));
const PLANTED = `export const later = async (): Promise<number> => 1;
later();
export const sign = (kind: 'a' | 'b'): number => {
  switch (kind) {
    case 'a':
      return 1;
  }
  return 2;
};
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'agencyos-typed-lint-'));
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: { strict: true }, include: ['*.ts'] }));
  writeFileSync(join(folder, 'planted.ts'), PLANTED);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the lint that needs types', () => {
  it('refuses a promise nobody waits for and a switch that forgets a case', () => {
    const args = ['--type-aware', '-c', join(root, '.oxlintrc.json'), '--format', 'unix', folder];
    const { stdout, status } = spawnSync(join(root, 'node_modules/.bin/oxlint'), args, { encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stdout).toMatch(/planted\.ts:2:1: .*no-floating-promises/);
    expect(stdout).toMatch(/planted\.ts:4:11: .*switch-exhaustiveness-check/);
  });
});
