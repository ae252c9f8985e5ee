import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLI_PERMISSIONS, newId } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';
import type { RuntimeConfig } from '@agencyos/runtime';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { GatewayConfig } from '../config.js';
import { Tokens } from '../identity/tokens.js';
import { TokenFiles } from './token-files.js';

const PLACE = newId();
const LABEL = `file:${PLACE}/cli-token`;

let folder: string;
/** Labels by token; its row, whatever was recorded. */
let rows: Map<string, string>;
/** Rights by token, as the view shows them. */
let shown: Map<string, { permissions: readonly string[]; revoked: boolean }>;
let sent: [type: string, tokenId: string][];
let killed: boolean;
let files: TokenFiles;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agencyos-tokens-'));
  [rows, shown, sent, killed] = [new Map(), new Map(), [], false];
  const query = async (sql: string, [first, second, third]: [string, string, string]) => {
    if (sql.startsWith('INSERT')) rows.set(first, third);
    if (sql.startsWith('UPDATE')) rows.set(first, second);
    if (sql.startsWith('DELETE')) rows.delete(first);
    if (!sql.startsWith('SELECT')) return [];
    const known = [...rows].map(([id, label]) => ({ id, label }));
    return sql.includes('label = $1') ? known.filter(({ label }) => label === first) : known.slice(-1);
  };
  const execute = async (type: string, { tokenId }: { tokenId: string }) => {
    if (type === 'RevokeToken' && !shown.has(tokenId)) throw new Rejection('not_found');
    if (type === 'IssueToken' && killed) throw new Error('killed');
    sent.push([type, tokenId]);
  };
  files = new TokenFiles(
    { dataDir: folder } as RuntimeConfig,
    { agentIds: [] as string[] } as GatewayConfig,
    new Tokens({ query } as never, { execute } as never),
    { token: async (tokenId: string) => shown.get(tokenId) } as never,
  );
});
afterEach(() => rm(folder, { recursive: true }));

const provide = () => files.provide(PLACE, newId());
const known = (label = LABEL, permissions: readonly string[] = CLI_PERMISSIONS, revoked = false): string => {
  const tokenId = newId();
  rows.set(tokenId, label);
  shown.set(tokenId, { permissions, revoked });
  return tokenId;
};
const written = () => readFile(join(folder, 'cli-token'), 'utf8');

describe('a token whose file is lost', () => {
  it('is revoked before another one is issued: a start that is killed between the two begins again', async () => {
    const lost = known();
    killed = true;
    await expect(provide()).rejects.toThrow('killed');
    expect(sent).toEqual([['RevokeToken', lost]]);
    await expect(written()).rejects.toThrow('ENOENT');
  });

  it('is revoked, too, beside one of which nothing was recorded since the start was killed', async () => {
    const begun = newId();
    rows.set(begun, LABEL);
    const lost = known();
    await provide();
    expect(sent.map(([type]) => type)).toEqual(['RevokeToken', 'IssueToken']);
    expect(sent[0]![1]).toBe(lost);
    expect(rows.has(begun)).toBe(false);
    expect(await written()).toMatch(/^agencyos_/);
  });
});

describe('a token whose file is there', () => {
  beforeEach(() => writeFile(join(folder, 'cli-token'), 'kept'));

  it('is kept, also where the view does not show it yet', async () => {
    const tokenId = known('file:elsewhere/cli-token');
    await provide();
    shown.clear();
    await provide();
    expect([sent, await written(), rows.get(tokenId)]).toEqual([[], 'kept', LABEL]);
  });

  it.each([
    ['may do more than it should', [...CLI_PERMISSIONS, 'approval:vote'], false],
    ['was revoked', CLI_PERMISSIONS, true],
  ])('is made anew where it %s', async (_, permissions, revoked) => {
    const tokenId = known(LABEL, permissions, revoked);
    await provide();
    expect(sent.map(([type]) => type)).toEqual(['RevokeToken', 'IssueToken']);
    expect(sent[0]![1]).toBe(tokenId);
    expect(await written()).not.toBe('kept');
  });
});
