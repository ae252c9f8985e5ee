import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AGENT_PERMISSIONS, CLI_PERMISSIONS, newId } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { GatewayConfig } from '../config.js';
import { hashSecret } from '../identity/secrets.js';
import { Tokens } from '../identity/tokens.js';
import { GivenTokens } from './given-tokens.js';

const OWNER = newId();

let folder: string;
let rows: { id: string; hash: string; label: string }[];
/** What was recorded; the view shows it at once. */
let issued: Map<string, { principal: string; permissions: string[]; revoked: boolean }>;
let killed: boolean;
let warned: string[];
let given: GivenTokens;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agencyos-given-'));
  [rows, issued, killed, warned] = [[], new Map(), false, []];
  const query = async (sql: string, [first, hash, label]: [string | Buffer, Buffer, string]) => {
    if (sql.startsWith('INSERT')) rows.push({ id: String(first), hash: hash.toString('hex'), label });
    if (sql.startsWith('DELETE')) rows = rows.filter(({ id }) => id !== first);
    if (sql.includes('label = $1')) return rows.filter((row) => row.label === first);
    return rows.filter((row) => Buffer.isBuffer(first) && row.hash === first.toString('hex'));
  };
  const execute = async (type: string, data: { tokenId: string; principal: string; permissions: string[] }) => {
    if (killed) throw new Error('killed');
    const known = issued.get(data.tokenId);
    if (type === 'IssueToken' && known) throw new Rejection('already_exists');
    if (type === 'RevokeToken' && !known) throw new Rejection('not_found');
    issued.set(data.tokenId, { ...known, ...data, revoked: type === 'RevokeToken' });
  };
  given = new GivenTokens(
    { agentIds: ['command-check'] } as GatewayConfig,
    new Tokens({ query } as never, { execute } as never),
    { token: async (tokenId: string) => issued.get(tokenId) } as never,
    { warn: (_: object, message: string) => warned.push(message) } as never,
  );
  for (const name of ['cli', 'metrics', 'agent_command-check']) await give(name, `${name}-secret`);
});
afterEach(() => rm(folder, { recursive: true }));

const give = (name: string, token: string) => writeFile(join(folder, `${name}.token`), `${token}\n`);
const admit = () => given.admit(folder, OWNER);
const of = (token: string) => issued.get(rows.find(({ hash }) => hash === hashSecret(token).toString('hex'))!.id);

describe('tokens that were given', () => {
  it('are let in, each for what it is for, and once', async () => {
    await admit();
    await admit();
    expect(of('cli-secret')).toMatchObject({ principal: `user:${OWNER}`, permissions: CLI_PERMISSIONS });
    expect(of('metrics-secret')).toMatchObject({ permissions: ['ops:read'] });
    expect(of('agent_command-check-secret')).toMatchObject({ principal: 'agent:command-check', permissions: AGENT_PERMISSIONS });
    expect([rows.length, issued.size, warned]).toEqual([3, 3, []]);
  });

  it('are worth nothing more once another one is given under their name', async () => {
    await admit();
    await give('cli', 'rotated');
    await admit();
    expect([of('cli-secret')?.revoked, of('rotated')?.revoked, of('metrics-secret')?.revoked]).toEqual([true, false, false]);
  });

  it('are one’s alone: what another has as well is said, not taken for its own', async () => {
    for (const name of ['metrics', 'agent_command-check']) await give(name, 'cli-secret');
    await admit();
    expect(of('cli-secret')).toMatchObject({ principal: `user:${OWNER}`, permissions: CLI_PERMISSIONS, revoked: false });
    expect(warned).toEqual(['metrics', 'agent'].map(() => expect.stringContaining('this token is another’s')));
  });

  it('are let in after a start that was killed between row and event', async () => {
    killed = true;
    await expect(admit()).rejects.toThrow('killed');
    killed = false;
    await admit();
    expect(of('cli-secret')).toMatchObject({ revoked: false });
    expect(rows).toHaveLength(3);
  });

  it('stay out when somebody has revoked them, and one that is missing is said', async () => {
    await admit();
    of('cli-secret')!.revoked = true;
    await rm(join(folder, 'metrics.token'));
    await admit();
    expect(of('cli-secret')?.revoked).toBe(true);
    expect(warned).toEqual([expect.stringContaining('was revoked'), expect.stringContaining('was not given')]);
  });
});
