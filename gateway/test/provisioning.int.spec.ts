import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@agencyos/testing';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { Tokens } from '../src/identity/tokens.js';
import { startHarness, type Harness } from './harness.js';

const PASSWORD = 'correct horse battery';
type Another = Awaited<ReturnType<Harness['another']>>;

let harness: Harness;
let folders: string[];
const running = new Set<Another>();

beforeAll(async () => {
  harness = await startHarness();
  folders = await Promise.all(['own', 'shared', 'turn'].map((name) => mkdtemp(join(tmpdir(), `agencyos-${name}-`))));
});
afterAll(async () => {
  for (const one of running) await one.stop();
  await harness?.stop();
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

const start = async (folder: string) => {
  const one = await harness.another({ AGENCYOS_DATA_DIR: folder });
  running.add(one);
  await until(async () => (await fetch(`${one.url}/health/self`)).ok);
  return one;
};
const stop = async (one: Another) => {
  running.delete(one);
  await one.stop();
};
const file = async (folder: string, name: string) => (await readFile(join(folder, name), 'utf8')).trim();
const linkOf = async (folder: string) => (await file(folder, 'setup-url')).split('#')[1]!;
const status = async (token: string) => (await harness.call('GET', '/api/v1/me', { token })).status;
/** Until every gateway has seen what there is to see of a token. */
const accepted = (token: string) => until(async () => (await status(token)) === 200);
const placed = async (folder: string) =>
  harness.service.app.get(Tokens).labelled(`file:${await file(folder, 'place')}/cli-token`);

describe('a second gateway with a data folder of its own', () => {
  it('has token files of its own, and leaves those of the first one as they are', async () => {
    const [own] = folders as [string];
    await start(own);
    const [itsToken, itsAgent] = [await file(own, 'cli-token'), await file(own, 'agents/command-1.token')];
    expect(itsToken).not.toBe(harness.cliToken);
    for (const token of [itsToken, itsAgent, harness.cliToken]) await accepted(token);
    // Neither takes the other's for lost when it starts again.
    await harness.restart();
    await until(async () => (await harness.call('GET', '/health/self')).ok);
    expect(await file(harness.dataDir, 'cli-token')).toBe(harness.cliToken);
    for (const token of [itsToken, harness.cliToken, await file(harness.dataDir, 'agents/command-1.token')])
      await accepted(token);
  });

  it('loses a file: that one alone is written anew, and what it held is worth nothing', async () => {
    const [own] = folders as [string];
    const lost = await file(own, 'cli-token');
    const [one] = running;
    await stop(one!);
    await rm(join(own, 'cli-token'));
    await start(own);
    expect(await file(own, 'cli-token')).not.toBe(lost);
    await accepted(await file(own, 'cli-token'));
    await until(async () => (await status(lost)) === 401);
    expect(await status(harness.cliToken)).toBe(200);
  });

  it('takes over a file of another place that was put there, and makes it anew once it is lost', async () => {
    const [own] = folders as [string];
    const tokens = harness.service.app.get(Tokens);
    const [tokenId] = await placed(own);
    await tokens.relabel(tokenId!, 'file:cli-token');
    const [one] = running;
    await stop(one!);
    await start(own);
    expect(await placed(own)).toEqual([tokenId]);
  });
});

describe('two gateways that start side by side in one folder', () => {
  it('make one token for each file and one link, and all of them work', async () => {
    const [, shared] = folders as [string, string];
    await Promise.all([start(shared), start(shared)]);
    const token = await file(shared, 'cli-token');
    await accepted(token);
    expect(await placed(shared)).toEqual([await harness.service.app.get(Tokens).idOf(token)]);
  });

  it('wait for each other', async () => {
    const [, , turn] = folders as [string, string, string];
    const other = new pg.Client({ connectionString: harness.servers.databaseUrl });
    await other.connect();
    await other.query(`SELECT pg_advisory_lock(hashtextextended('gateway/provisioning', 0))`);
    const waiting = await harness.another({ AGENCYOS_DATA_DIR: turn });
    running.add(waiting);
    const missing = async () => ((await (await fetch(`${waiting.url}/health/self`)).json()) as { missing?: string[] }).missing;
    await until(async () => String(await missing()) === 'first start');
    // Meanwhile it does everything else.
    expect((await fetch(`${waiting.url}/api/v1/me`, { headers: { authorization: `Bearer ${harness.cliToken}` } })).status).toBe(
      200,
    );
    expect(await readdir(turn)).toEqual([]);
    await other.end();
    await accepted(await until(() => file(turn, 'cli-token').catch(() => undefined)));
    await until(() => linkOf(turn).catch(() => undefined));
  });
});

describe('the set-up links of several folders', () => {
  it('each work until one of them has been used', async () => {
    const [own, shared] = folders as [string, string];
    const links = [await linkOf(harness.dataDir), await linkOf(own), await linkOf(shared)];
    expect(new Set(links).size).toBe(3);
    const use = async (token: string) =>
      (await harness.call('POST', '/api/v1/setup', { body: { token, password: PASSWORD } })).status;
    const answers = await Promise.all([use(links[1]!), use(links[2]!)]);
    expect(answers.filter((answer) => answer === 200)).toHaveLength(1);
    expect(await use(links[0]!)).toBe(409);
  });

  it('are gone from every folder at the next start', async () => {
    await harness.restart();
    await until(async () => (await harness.call('GET', '/health/self')).ok);
    await expect(readFile(join(harness.dataDir, 'setup-url'))).rejects.toThrow();
  });
});

describe('the installation', () => {
  it('has one owner, however many gateways began it', async () => {
    const { rows } = (await (await harness.call('GET', '/api/v1/views/directory/all', { token: harness.ownerToken })).json()) as {
      rows: Record<string, unknown>;
    };
    expect(Object.keys(rows).filter((key) => key.startsWith('user/'))).toHaveLength(1);
  });
});
