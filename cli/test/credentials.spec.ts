import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { agencyos, commandLine, here } from './command-line.js';

commandLine();

const issued = {
  natsUrl: 'nats://127.0.0.1:1',
  principal: 'agent_translator',
  nkeyFile: '/keys/agent_translator.nk',
};
let supervisor: Server;
let asked: unknown[][];
let answer: { status: number; body: object };

beforeEach(async () => {
  asked = [];
  answer = { status: 200, body: issued };
  supervisor = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => (text += String(chunk)));
    request.on('end', () => {
      asked.push([request.url, request.headers.authorization, text ? (JSON.parse(text) as unknown) : request.method]);
      response.writeHead(answer.status).end(JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((resolve) => supervisor.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(supervisor.address() as AddressInfo).port}`;
  writeFileSync(join(here.folder, 'supervisor.json'), JSON.stringify({ url, token: 'local' }));
});
afterEach(() => new Promise((resolve) => supervisor.close(resolve)));

describe('credentials for others (faults 7 and 8)', () => {
  it('are given to an agent, which is admitted to its roles', async () => {
    expect(await agencyos('agent', 'add', 'translator', '--role', 'translate', '--role', 'review')).toBe(0);
    const roles = ['translate', 'review'];
    expect(asked).toEqual([['/agents', 'Bearer local', { name: 'translator', roles, owner: here.gateway.owner }]]);
    expect(here.gateway.commands).toMatchObject([{ type: 'AdmitAgent', data: { agentId: 'translator', roles } }]);
    expect(here.output).toContain('/keys/agent_translator.nk');
  });

  it('are given to a subscriber', async () => {
    expect(await agencyos('subscriber', 'add', 'ledger', '--subjects', 'agencyos.evt.>,agencyos.evt.swarm.>')).toBe(0);
    const subjects = ['agencyos.evt.>', 'agencyos.evt.swarm.>'];
    expect(asked).toEqual([['/subscribers', 'Bearer local', { name: 'ledger', subjects, owner: here.gateway.owner }]]);
    expect(here.gateway.commands).toEqual([]);
  });

  it('are explained where NATS is run by somebody else, and the agent is admitted all the same', async () => {
    answer = { status: 409, body: { code: 'foreign_nats', detail: 'not ours' } };
    expect(await agencyos('agent', 'add', 'translator', '--role', 'translate')).toBe(0);
    expect(here.output).toContain('supervisor/README.md');
    expect(here.gateway.commands).toHaveLength(1);
  });

  it('are taken back, with the roles in the log (fault 7)', async () => {
    answer = { status: 200, body: { removed: true } };
    expect(await agencyos('agent', 'remove', 'translator')).toBe(0);
    expect(asked).toEqual([['/agents/translator', 'Bearer local', 'DELETE']]);
    expect(here.gateway.commands).toMatchObject([{ type: 'AdmitAgent', data: { agentId: 'translator', roles: [] } }]);
    expect(here.output).toContain('translator is out');
    expect(await agencyos('subscriber', 'remove', 'ledger')).toBe(0);
    expect(asked.at(-1)).toEqual(['/subscribers/ledger', 'Bearer local', 'DELETE']);
    expect(here.gateway.commands).toHaveLength(1);
    answer = { status: 200, body: { removed: false } };
    await expect(agencyos('subscriber', 'remove', 'ledger')).rejects.toThrow('no credential of the name ledger');
  });

  it('are listed (fault 7)', async () => {
    answer = {
      status: 200,
      body: {
        agents: [{ name: 'translator', roles: ['translate', 'review'], builtIn: false }],
        subscribers: [{ name: 'ledger', subjects: ['agencyos.evt.approvals.>'] }],
      },
    };
    expect(await agencyos('agent', 'list')).toBe(0);
    expect(here.output).toMatch(/translator +added +translate, review/);
    expect(await agencyos('subscriber', 'list')).toBe(0);
    expect(here.output).toMatch(/ledger +agencyos\.evt\.approvals\.>/);
    expect(asked.map(([url]) => url)).toEqual(['/credentials', '/credentials']);
  });

  it('are refused with what to do', async () => {
    answer = { status: 422, body: { code: 'invalid', detail: 'roles.0: must be lower-case' } };
    await expect(agencyos('agent', 'add', 'x', '--role', 'Y')).rejects.toThrow('roles.0: must be lower-case');
    expect(here.gateway.commands).toEqual([]);
    await expect(agencyos('agent', 'add', 'x')).rejects.toThrow('--role');
    await expect(agencyos('subscriber', 'add', 'x')).rejects.toThrow('--subjects');
    await expect(agencyos('agent', 'change', 'x')).rejects.toThrow('agent remove NAME');
  });
});
