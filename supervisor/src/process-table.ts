import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import {
  agentsOf,
  installation,
  type InstalledAgent,
  type InstalledService,
  type Installation,
} from '@agencyos/contracts/installation';
import { ownBubblewrap } from '../bin/bubblewrap.mjs';
import { profileFiles } from './example-profiles.js';
import { freePort } from './free-port.js';
import { tied } from './guarded.js';
import { agentPrincipal, type AgentCredential } from './nats-accounts.js';
import type { ProcessSpec } from './process-spec.js';
import { answersReady, missingAt } from './readiness.js';
import type { Servers } from './servers.js';
import type { Settings } from './settings.js';

/** A process of ours, and the folder of its program. */
type Row = InstalledService | InstalledAgent;

/** The built-in agents, and whose tasks they get. */
export const builtInAgents: readonly AgentCredential[] = credentialsOf(installation);

function credentialsOf(table: Installation): AgentCredential[] {
  return agentsOf(table).map(({ name, roles }) => ({ agentId: name, roles }));
}

const programOf = (projectRoot: string, folder: string): string => join(projectRoot, folder, 'dist/main.js');

/** The program of a service; undefined when there is no service of that name. */
export function serviceProgram(projectRoot: string, name: string): string | undefined {
  const found = installation.services.find((one) => one.name === name);
  return found && programOf(projectRoot, found.folder);
}

/** What each has to end by itself. */
const GRACE_MS = 4_800;

/**
 * Space for young objects, in MB, half of what Node.js 24 may take. It grows during the start and stays: with eight
 * processes on one machine that is most of what they need, and work costs no more CPU with the smaller one.
 */
const youngSpace = 16;

/** Makes the start of each of the product's own processes, beside NATS and PostgreSQL. */
export function productProcesses(settings: Settings, servers: Servers, table: Installation = installation): ProcessSpec[] {
  const specs: ProcessSpec[] = [];
  const agents = credentialsOf(table);
  for (const [row, nth] of instances(table, settings)) {
    const { folder, name, kind, wave, stopOrder, restartedBy } = row;
    const file = programOf(settings.projectRoot, folder);
    const port = settings.port + nth - 1;
    let healthPort = port;
    // the gateway's own `ready` asks for all services; one that is away must not make its restart fail
    const readyPath = name === 'gateway' ? '/health/self' : undefined;
    specs.push({
      ...(nth === 1 ? { name } : { name: `${name}-${nth}`, replicaOf: name }),
      ...{ kind, wave, stopOrder, restartedBy },
      start: async (instanceId) => {
        // a port may have found another user since the last start; the gateway's is its address
        if (name !== 'gateway') healthPort = await freePort();
        return {
          ...tied({
            program: process.execPath,
            args: ['--enable-source-maps', `--max-semi-space-size=${youngSpace}`, file],
          }),
          cwd: settings.projectRoot,
          env: {
            ...inherited(),
            ...common(row, settings, servers),
            ...(isAgent(row) ? ofAgent(row, settings) : own(name, settings, agents)),
            ...(name === 'gateway' && { PORT: String(port) }),
            AGENCYOS_INSTANCE_ID: instanceId,
            HEALTH_PORT: String(healthPort),
          },
        };
      },
      ready: () => answersReady(healthPort, readyPath),
      missing: () => missingAt(healthPort, readyPath),
      stop: { signal: 'SIGTERM', to: 'group', graceMs: GRACE_MS },
    });
  }
  return specs;
}

/** Each service as often as was asked for; an agent is one by its credential. */
function instances(table: Installation, { replicas = 1 }: Settings): [row: Row, nth: number][] {
  const services = table.services.flatMap((row) =>
    Array.from({ length: replicas }, (_, index): [Row, number] => [row, index + 1]),
  );
  return [...services, ...agentsOf(table).map((row): [Row, number] => [row, 1])];
}

const isAgent = (row: Row): row is InstalledAgent => row.kind === 'agents';

/** The user's environment without what npm and this process's own start put into it. */
function inherited(): NodeJS.ProcessEnv {
  const own = /^(npm_|NODE_OPTIONS$|INIT_CWD$|NATS_|DATABASE_URL$|KURRENTDB_URL$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
}

function common(row: Row, settings: Settings, servers: Servers): NodeJS.ProcessEnv {
  const { name } = row;
  const key = servers.nkeyFile(isAgent(row) ? agentPrincipal(name) : name);
  return {
    // what a worker's commands call `node` is the Node.js that runs everything else
    PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
    NODE_COMPILE_CACHE: join(settings.projectRoot, '.cache/compiled'),
    AGENCYOS_NAME: name,
    AGENCYOS_SUPERVISED: '1',
    AGENCYOS_DATA_DIR: settings.dataDir,
    NATS_URL: servers.natsUrl,
    ...(key && { NATS_NKEY_FILE: key }),
    // A worker runs other people's commands, and reaches the product through its own credentials only.
    ...(!isAgent(row) && {
      DATABASE_URL: servers.databaseUrlOf(name),
      ...(settings.kurrentdbUrl && { KURRENTDB_URL: settings.kurrentdbUrl }),
    }),
  };
}

const addressOf = ({ port }: Settings): string => `http://127.0.0.1:${port}`;

/** What some services are told beside that. */
function own(name: string, settings: Settings, agents: readonly AgentCredential[]): NodeJS.ProcessEnv {
  const { dataDir, projectRoot, repository, demoVote } = settings;
  switch (name) {
    case 'healer':
      return { AGENCYOS_SUPERVISOR_FILE: join(dataDir, 'supervisor.json') };
    case 'gateway':
      return {
        PUBLIC_URL: addressOf(settings),
        AGENCYOS_SUPERVISOR_FILE: join(dataDir, 'supervisor.json'),
        AGENCYOS_AGENT_IDS: agents.map(({ agentId }) => agentId).join(','),
        AGENCYOS_DASHBOARD_DIR: join(projectRoot, 'dashboard/dist/browser'),
        AGENCYOS_DOCS_DIR: join(projectRoot, 'docs/dist'),
        AGENCYOS_SEED_WORKFLOW: join(projectRoot, 'examples/release-check/workflow.yaml'),
        AGENCYOS_SEED_REPOSITORY: repository,
        // Its digest only: what an environment holds is no secret.
        ...(demoVote && { AGENCYOS_DEMO_VOTE: createHash('sha256').update(demoVote).digest('hex') }),
      };
    case 'swarm':
      return { AGENCYOS_AGENTS: agents.map(({ agentId, roles }) => `${agentId}=${roles.join(',')}`).join(' ') };
    default:
      return {};
  }
}

/** What every agent is told, whatever its kind. */
function ofAgent({ name, roles }: InstalledAgent, settings: Settings): NodeJS.ProcessEnv {
  const { dataDir, projectRoot } = settings;
  const bubblewrap = ownBubblewrap(projectRoot);
  return {
    ...(existsSync(bubblewrap) && { AGENCYOS_BUBBLEWRAP: bubblewrap }),
    AGENCYOS_PROFILES: profileFiles(dataDir).join(delimiter),
    AGENCYOS_ISOLATION_FILE: join(dataDir, 'isolation.json'),
    AGENCYOS_AGENT_ID: name,
    AGENCYOS_AGENT_ROLES: roles.join(','),
    AGENCYOS_WORKSPACES: join(dataDir, 'workspaces'),
    AGENCYOS_GATEWAY_URL: addressOf(settings),
    AGENCYOS_AGENT_TOKEN_FILE: join(dataDir, 'agents', `${name}.token`),
  };
}
