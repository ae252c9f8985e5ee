import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findNatsServer, provisionNats } from '@agencyos/supervisor/server-parts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { natsEntries, nkeyEntries } from '../src/provision/entries.js';
import type { ProvisionSettings } from '../src/provision/settings.js';
import { find, type KubernetesObject } from '../support/objects.js';
import { projectRoot, render, tools } from '../support/rendered.js';

const withTools = tools ? describe : describe.skip;

let folder: string;
let server: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'agencyos-nats-'));
  server = (await findNatsServer({ cacheDir: join(projectRoot, '.cache') })).path;
});
afterAll(() => rmSync(folder, { recursive: true }));

const accountsOf = (objects: KubernetesObject[]) => find(objects, 'ConfigMap agencyos-nats-accounts').data!['accounts.conf']!;

/** Its lines in any order, without the keys: what is said, whoever wrote it. */
const said = (accounts: string) =>
  accounts
    .split('\n')
    .map((line) =>
      line
        .replace(/nkey: \S+/, 'nkey')
        .replace(/,$/, '')
        .trim(),
    )
    .filter((line) => line && !line.startsWith('#'))
    .sort();

withTools('the accounts of NATS that the chart renders', () => {
  it('are those that the supervisor writes for the same agents', async () => {
    const values = { agents: { 'command-second': { kind: 'command', role: 'check' } } };
    const agents = [
      ...['check', 'notes', 'reviewer', 'publisher'].map((role) => ({ agentId: `command-${role}`, roles: [role] })),
      { agentId: 'command-second', roles: ['check'] },
    ];
    const { file } = await provisionNats({
      ...{ folder: join(folder, 'own'), keysFolder: join(folder, 'keys'), port: 0, outside: { agents, subscribers: [] } },
    });
    // What the supervisor proves a reload with is in no other configuration.
    const text = readFileSync(file, 'utf8');
    const own = text
      .slice(text.indexOf('accounts {'))
      .replace(/ {2}proof_\w+ \{\n[^]*?\n {2}\}\n/, '')
      .replace(/ *\{ service: "\$JS\.API\.INFO"[^\n]*\n/, '');
    expect(said(accountsOf(render(values)).replace(/^[^]*?(?=accounts \{)/, ''))).toEqual(said(own));
  });

  it.each([1, 3])('are taken by the real server, with %d in the cluster and the keys that the Job makes', (replicas) => {
    const objects = render({ nats: { replicas } });
    const agents = ['check', 'notes', 'reviewer', 'publisher'].map((role) => `command-${role}`);
    const services = ['relay', 'kanban', 'swarm', 'approvals', 'healer', 'gateway'];
    const settings = {
      services,
      agents,
      natsRoutes: ['agencyos-nats-0.agencyos-nats-routes:6222'],
    } as unknown as ProvisionSettings;
    const place = join(folder, `cluster-${replicas}`);
    mkdirSync(place);
    const files: Record<string, string> = {
      'nats.conf': find(objects, 'ConfigMap agencyos-nats').data!['nats.conf']!,
      'accounts.conf': accountsOf(objects),
      ...natsEntries(settings, {}, nkeyEntries(settings, {})),
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(place, name), text);
    const check = () =>
      execFileSync(server, ['-t', '--config', join(place, 'nats.conf')], { env: { POD_NAME: 'nats-0' }, stdio: 'pipe' });
    expect(check).not.toThrow();
    writeFileSync(join(place, 'keys.conf'), files['keys.conf']!.replace(/^KEY_kanban.*\n/m, ''));
    expect(check).toThrow(/KEY_kanban/);
  });

  it("are rendered for a NATS of one's own, too, and hold no key", () => {
    const accounts = accountsOf(render({ nats: { install: false, url: 'nats://nats:4222' } }));
    expect(accounts).toBe(accountsOf(render()));
    expect(accounts.match(/nkey: (\S+)/g)).toHaveLength(10);
    expect(accounts).not.toMatch(/nkey: (?!\$KEY_)/);
  });
});
