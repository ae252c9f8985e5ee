import { describe, expect, it } from '@jest/globals';
import { installation, processesOf, type Installation } from '@agencyos/contracts/installation';
import { productProcesses } from '../src/process-table.js';
import type { Servers } from '../src/servers.js';
import type { Settings } from '../src/settings.js';

const settings = { projectRoot: '/project', dataDir: '/data', port: 8400, repository: '/project' } as Settings;
const servers = {
  natsUrl: 'nats://127.0.0.1:4222',
  nkeyFile: (principal: string) => `/keys/${principal}.nk`,
  databaseUrlOf: (service: string) => `postgres://${service}`,
} as Servers;
const planted: Installation = {
  ...installation,
  services: [...installation.services, { ...installation.services[0]!, name: 'planted', folder: 'services/planted' }],
  agentKinds: [...installation.agentKinds, { kind: 'extra', folder: 'agents/extra', instances: 2, roles: ['extra'] }],
};
const startOf = (name: string) =>
  productProcesses(settings, servers, planted)
    .find((spec) => spec.name === name)!
    .start('one');

describe('the processes of an installation', () => {
  it('are those of the table, as it says', () => {
    const ours = processesOf(planted).filter(({ kind }) => kind === 'service' || kind === 'agents');
    expect(productProcesses(settings, servers, planted)).toEqual(
      ours.map(({ name, kind, wave, stopOrder, restartedBy }) =>
        expect.objectContaining({ name, kind, wave, stopOrder, restartedBy }),
      ),
    );
  });

  it('of which several of each service were asked for are replicas, a gateway each with a port of its own', async () => {
    const specs = productProcesses({ ...settings, replicas: 2 }, servers, planted);
    expect(specs.flatMap(({ replicaOf }) => replicaOf ?? [])).toEqual(planted.services.map(({ name }) => name));
    const second = async (name: string) => (await specs.find((spec) => spec.name === `${name}-2`)!.start('two')).env;
    expect(await second('kanban')).toMatchObject({ NATS_NKEY_FILE: '/keys/kanban.nk', DATABASE_URL: 'postgres://kanban' });
    expect(await second('gateway')).toMatchObject({ PORT: '8401', HEALTH_PORT: '8401', PUBLIC_URL: 'http://127.0.0.1:8400' });
  });

  it('a new service gets its own key and role', async () => {
    const { args, env } = await startOf('planted');
    expect(args.at(-1)).toBe('/project/services/planted/dist/main.js');
    expect(env).toMatchObject({
      NATS_NKEY_FILE: '/keys/planted.nk',
      DATABASE_URL: 'postgres://planted',
      AGENCYOS_NAME: 'planted',
    });
  });

  it("an agent of another kind gets an agent's credential and roles, and no database", async () => {
    const { args, env } = await startOf('extra-2');
    expect(args.at(-1)).toBe('/project/agents/extra/dist/main.js');
    expect(env).toMatchObject({
      AGENCYOS_AGENT_ID: 'extra-2',
      AGENCYOS_AGENT_ROLES: 'extra',
      NATS_NKEY_FILE: '/keys/agent_extra-2.nk',
    });
    expect(env).not.toHaveProperty('DATABASE_URL');
  });

  it('swarm and the gateway are told of every agent', async () => {
    const { AGENCYOS_AGENTS: agents } = (await startOf('swarm')).env;
    expect(agents).toMatch(/^command-1=check,.* extra-1=extra extra-2=extra$/);
    expect((await startOf('gateway')).env['AGENCYOS_AGENT_IDS']).toBe('command-1,command-2,extra-1,extra-2');
  });
});
