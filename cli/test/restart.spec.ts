import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { agencyos, commandLine, here } from './command-line.js';

commandLine();

/** What the supervisor says of one restart, question by question. */
let answers: { status: number; body: object }[];
let asked: string[];
let supervisor: Server;

beforeEach(async () => {
  asked = [];
  supervisor = createServer((request, response) => {
    asked.push(`${request.method} ${request.url?.replace(/[0-9a-f-]{36}/, 'KEY')} ${request.headers.authorization}`);
    const { status, body } = answers.shift()!;
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  supervisor.listen(0, '127.0.0.1');
  await once(supervisor, 'listening');
  const { port } = supervisor.address() as AddressInfo;
  const control = { url: `http://127.0.0.1:${port}`, token: 'control' };
  writeFileSync(join(here.folder, 'supervisor.json'), JSON.stringify(control));
});
afterEach(() => {
  supervisor.closeAllConnections();
  supervisor.close();
});

describe('agencyos restart (fault 19)', () => {
  it('asks the supervisor and waits until the process is ready', async () => {
    answers = [
      { status: 202, body: { outcome: 'running' } },
      { status: 200, body: { outcome: 'running' } },
      { status: 200, body: { outcome: 'done' } },
    ];
    expect(await agencyos('restart', 'kanban')).toBe(0);
    expect(here.output).toContain('kanban is ready again.');
    expect(asked).toEqual(['POST /restart', 'GET /actions/KEY', 'GET /actions/KEY'].map((one) => `${one} Bearer control`));
    expect(here.gateway.requests).toEqual([]);
  });

  it('says why it was not', async () => {
    answers = [{ status: 202, body: { outcome: 'failed', detail: 'It was not ready in 60 s.' } }];
    await expect(agencyos('restart', 'kanban')).rejects.toThrow('It was not ready in 60 s.');
    answers = [{ status: 404, body: {} }];
    await expect(agencyos('restart', 'nothing')).rejects.toThrow('There is no process nothing');
    await expect(agencyos('restart')).rejects.toThrow('Which process?');
  });
});

describe('agencyos status (fault 37)', () => {
  const processes = [
    { name: 'gateway', pid: null, state: 'failed', restarts: 3 },
    { name: 'kanban', pid: 4711, state: 'ready', restarts: 0 },
  ];

  it('lists the processes of the machine while the gateway is away, and says that nobody answers', async () => {
    await here.gateway.close();
    answers = [{ status: 200, body: { processes } }];
    await expect(agencyos('status')).rejects.toThrow(/Nothing answers at http:\/\/127\.0\.0\.1:\d+: start AgencyOS/);
    expect(here.output).toMatch(/^PROCESS +PID +STATE +RESTARTS\ngateway +failed +3\nkanban +4711 +ready +0\n$/);
    expect(asked).toEqual(['GET /status Bearer control']);
  });

  it('says the same where no supervisor runs either', async () => {
    await here.gateway.close();
    supervisor.closeAllConnections();
    supervisor.close();
    await expect(agencyos('status')).rejects.toThrow('Nothing answers at');
    expect(here.output).toBe('');
  });
});

describe('agencyos token (fault 37)', () => {
  it("is made by its person's password, for what it may do and so long, and the sign-in ends", async () => {
    const made = { tokenId: 't1', token: 'agencyos_made' };
    let sent: Record<string, unknown> = {};
    here.gateway.intercept = (request, body) => {
      if (request === 'POST login') return { status: 200, body: {} };
      if (request !== 'POST tokens') return undefined;
      sent = JSON.parse(body) as typeof sent;
      return { status: 201, body: made };
    };
    here.answers = ['the password'];
    const asking = ['token', 'release-bot', '--may', 'approval:read', '--may', 'approval:vote', '--days', '7'];
    expect(await agencyos(...asking, '--name', 'admin')).toBe(0);
    expect(here.output).toBe('agencyos_made\n');
    expect(sent).toMatchObject({ label: 'release-bot', permissions: ['approval:read', 'approval:vote'] });
    expect(Date.parse(String(sent['expiresAt'])) - Date.now()).toBeLessThanOrEqual(7 * 86_400_000);
    expect(here.gateway.requests.at(-1)).toBe('POST logout');
  });
});
