import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@agencyos/testing';
import { startTestServers, type TestServers } from '@agencyos/testing/servers';
import { SwarmDouble } from '@agencyos/testing/swarm';

const fixture = join(import.meta.dirname, 'fixtures/scribe.mjs');
const AGENT = 'scribe-1';

let servers: TestServers;
let swarm: SwarmDouble;
let folder: string;
let scribes: Scribe[];

beforeAll(async () => {
  servers = await startTestServers({ postgres: false, agentIds: [AGENT], roles: ['scribe'] });
});
afterAll(() => servers.stop());
beforeEach(async () => {
  await servers.restartNats({ deleteStore: true });
  swarm = await SwarmDouble.start({ ...servers, nkeyFile: servers.nkeyFile, roles: ['scribe'] });
  folder = mkdtempSync(join(tmpdir(), 'agencyos-scribe-'));
  scribes = [];
});
afterEach(async () => {
  for (const { child } of scribes) child.kill('SIGKILL');
  await swarm.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Line {
  level: number;
  name: string;
  msg: string;
  why?: string;
}

/** The fixture as a process, with what it says. */
class Scribe {
  readonly lines: Line[] = [];
  errors = '';
  readonly child: ChildProcess;
  readonly exit: Promise<number | null>;

  constructor(env: NodeJS.ProcessEnv) {
    this.child = spawn(process.execPath, [fixture], { env: { PATH: process.env['PATH'], ...env }, stdio: 'pipe' });
    scribes.push(this);
    let rest = '';
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop()!;
      this.lines.push(...lines.map((line) => JSON.parse(line) as Line));
    });
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.errors += text));
    this.exit = once(this.child, 'close').then(([code]) => code as number | null);
  }

  /** Resolves once it has said that. */
  said(message: string): Promise<unknown> {
    return until(() => this.lines.some(({ msg }) => msg === message), Boolean, `“${message}” of a scribe`);
  }

  get ended(): string | undefined {
    return this.lines.find(({ msg }) => msg === 'stopped')?.why;
  }
}

const notes = () => join(folder, 'notes');
/** What a scribe waits for before it is prepared. */
const door = () => join(folder, 'door');
const scribe = (env: NodeJS.ProcessEnv = {}) =>
  new Scribe({
    AGENCYOS_AGENT_ID: AGENT,
    AGENCYOS_AGENT_ROLES: 'scribe',
    NATS_URL: servers.natsUrl,
    NATS_NKEY_FILE: servers.nkeyFile(`agent_${AGENT}`),
    SCRIBE_NOTES: notes(),
    ...env,
  });

/** A port of which nobody else hears while it is ours. */
async function listening(): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { port, close: async () => void (await once(server.close(), 'close')) };
}

describe('an agent kind that is a handler and a config', () => {
  it('works at tasks of its roles, and logs JSON lines in its name', async () => {
    const { lines } = scribe();
    swarm.schedule({ taskId: 'letter', role: 'scribe', input: 'Dear all' });
    const facts = await swarm.until(({ type }) => type === 'TaskSucceeded');
    expect(facts.at(-1)?.data['output']).toEqual({ value: { wrote: 'Dear all' } });
    expect(lines.every(({ name, level }) => name === AGENT && level === 30)).toBe(true);
    expect(lines.map(({ msg }) => msg)).toEqual(expect.arrayContaining(['preparing', 'registered']));
  });

  it('says at its health port whether it lives, has started, and gets tasks', async () => {
    const { port, close } = await listening();
    await close();
    const health = async (path: string): Promise<number> => {
      const answer = await fetch(`http://127.0.0.1:${port}/health/${path}`).catch(() => undefined);
      return answer?.status ?? health(path); // it does not listen yet
    };
    const agent = scribe({ HEALTH_PORT: String(port), SCRIBE_WAITS_FOR: door() });
    await agent.said('preparing');
    expect([await health('live'), await health('started'), await health('ready')]).toEqual([200, 503, 503]);
    expect(await health('other')).toBe(404);
    writeFileSync(door(), '');
    await agent.said('registered');
    expect([await health('started'), await health('ready')]).toEqual([200, 200]);
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'gives its work back on %s, closes what it opened, and exits with 0',
    async (signal) => {
      const agent = scribe();
      swarm.schedule({ taskId: 'saga', role: 'scribe', input: 'for ever' });
      await swarm.until(({ type }) => type === 'TaskLeased');
      agent.child.kill(signal);
      expect(await agent.exit).toBe(0);
      await swarm.until(({ type }) => type === 'TaskReleased');
      expect(agent.ended).toBe('asked to');
      expect(readFileSync(notes(), 'utf8')).toBe('closed\n');
    },
  );

  it('ends with its supervisor, where it has one', async () => {
    const supervised = scribe({ AGENCYOS_SUPERVISED: '1' });
    await supervised.said('registered');
    supervised.child.stdin!.end();
    expect(await supervised.exit).toBe(0);
    expect(supervised.lines).toContainEqual(expect.objectContaining({ msg: 'stopping', why: 'the supervisor is gone' }));
  });

  it('exits with 0 when it is stopped before it has taken anything', async () => {
    const agent = scribe({ SCRIBE_WAITS_FOR: door() });
    await agent.said('preparing');
    agent.child.kill('SIGTERM');
    expect(await agent.exit).toBe(0);
    expect([agent.ended, existsSync(notes())]).toEqual(['SIGTERM', false]);
  });

  it('exits with 1 and one sentence that names what its environment lacks', async () => {
    const agent = scribe({ AGENCYOS_AGENT_ROLES: 'Not A Role', SCRIBE_NOTES: '' });
    expect(await agent.exit).toBe(1);
    expect(agent.errors).toMatch(/^The environment is not complete\. AGENCYOS_AGENT_ROLES.*; SCRIBE_NOTES: .*\n$/);
  });

  it('exits with 1 where another program has its health port', async () => {
    const taken = await listening();
    const agent = scribe({ HEALTH_PORT: String(taken.port) });
    expect(await agent.exit).toBe(1);
    expect(agent.ended).toMatch(/EADDRINUSE/);
    await taken.close();
  });
});
