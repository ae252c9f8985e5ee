import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { ownBubblewrap } from '../bin/bubblewrap.mjs';
import { profileFiles } from './example-profiles.js';
import { freePort } from './free-port.js';
import { tied } from './guarded.js';
import { agentPrincipal, type AgentCredential } from './nats-accounts.js';
import type { ProcessSpec } from './process-spec.js';
import { answersReady, missingAt } from './readiness.js';
import type { Servers } from './servers.js';
import type { Settings } from './settings.js';

interface Row {
  name: string;
  entry: string;
  wave: number;
  stopOrder: number;
  restartedBy: ProcessSpec['restartedBy'];
  graceMs: number;
  principal: string;
}

const row = (name: string, entry: string, wave: number, stopOrder: number, rest: Partial<Row> = {}): Row => ({
  ...{
    name,
    entry: `${entry}/dist/main.js`,
    wave,
    stopOrder,
    restartedBy: 'healer',
    graceMs: 4_800,
    principal: name,
  },
  ...rest,
});

/** Roles of the built-in workers; both have all, so that either can take over from the other. */
const workerRoles = ['check', 'notes', 'reviewer', 'publisher'];
const workers = ['command-1', 'command-2'];

/** The built-in agents, and whose tasks they get. */
export const builtInAgents: readonly AgentCredential[] = workers.map((agentId) => ({
  agentId,
  roles: workerRoles,
}));

/** The product's own processes, beside NATS and PostgreSQL, in the order of their start. */
const table: Row[] = [
  row('relay', 'services/relay', 1, 4),
  row('kanban', 'services/kanban', 1, 3),
  row('swarm', 'services/swarm', 1, 3),
  row('approvals', 'services/approvals', 1, 3),
  row('healer', 'services/healer', 1, 2, { restartedBy: 'supervisor' }),
  row('gateway', 'gateway', 2, 1),
  ...workers.map((id) => row(id, 'agents/command', 3, 0, { principal: agentPrincipal(id) })),
];

/** The program of a service; undefined when there is no service of that name. */
export function serviceProgram(projectRoot: string, name: string): string | undefined {
  const found = table.find((one) => one.name === name && !workers.includes(name));
  return found && join(projectRoot, found.entry);
}

/**
 * Space for young objects, in MB, half of what Node.js 24 may take. It grows during the start and stays: with eight
 * processes on one machine that is most of what they need, and work costs no more CPU with the smaller one.
 */
const youngSpace = 16;

/** Makes the start of each product process from the table. */
export function productProcesses(settings: Settings, servers: Servers): ProcessSpec[] {
  const specs: ProcessSpec[] = [];
  for (const entry of table) {
    const file = join(settings.projectRoot, entry.entry);
    let healthPort = settings.port;
    // the gateway's own `ready` asks for all services; one that is away must not make its restart fail
    const readyPath = entry.name === 'gateway' ? '/health/self' : undefined;
    specs.push({
      name: entry.name,
      wave: entry.wave,
      stopOrder: entry.stopOrder,
      restartedBy: entry.restartedBy,
      start: async (instanceId) => {
        // a port may have found another user since the last start; the gateway's is its address
        if (entry.name !== 'gateway') healthPort = await freePort();
        return {
          ...tied({
            program: process.execPath,
            args: ['--enable-source-maps', `--max-semi-space-size=${youngSpace}`, file],
          }),
          cwd: settings.projectRoot,
          env: {
            ...inherited(),
            ...common(entry, settings, servers),
            ...own(entry.name, settings),
            AGENCYOS_INSTANCE_ID: instanceId,
            HEALTH_PORT: String(healthPort),
          },
        };
      },
      ready: () => answersReady(healthPort, readyPath),
      missing: () => missingAt(healthPort, readyPath),
      stop: { signal: 'SIGTERM', to: 'group', graceMs: entry.graceMs },
    });
  }
  return specs;
}

/** The user's environment without what npm and this process's own start put into it. */
function inherited(): NodeJS.ProcessEnv {
  const own = /^(npm_|NODE_OPTIONS$|INIT_CWD$|NATS_|DATABASE_URL$|KURRENTDB_URL$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
}

function common({ name, principal }: Row, settings: Settings, servers: Servers): NodeJS.ProcessEnv {
  const key = servers.nkeyFile(principal);
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
    ...(!workers.includes(name) && {
      DATABASE_URL: servers.databaseUrlOf(name),
      ...(settings.kurrentdbUrl && { KURRENTDB_URL: settings.kurrentdbUrl }),
    }),
  };
}

function own(name: string, { port, dataDir, projectRoot, repository, demoVote }: Settings): NodeJS.ProcessEnv {
  const url = `http://127.0.0.1:${port}`;
  if (name === 'healer') return { AGENCYOS_SUPERVISOR_FILE: join(dataDir, 'supervisor.json') };
  if (name === 'gateway') {
    return {
      PORT: String(port),
      PUBLIC_URL: url,
      AGENCYOS_SUPERVISOR_FILE: join(dataDir, 'supervisor.json'),
      AGENCYOS_AGENT_IDS: workers.join(','),
      AGENCYOS_DASHBOARD_DIR: join(projectRoot, 'dashboard/dist/browser'),
      AGENCYOS_SEED_WORKFLOW: join(projectRoot, 'examples/release-check/workflow.yaml'),
      AGENCYOS_SEED_REPOSITORY: repository,
      // Its digest only: what an environment holds is no secret.
      ...(demoVote && { AGENCYOS_DEMO_VOTE: createHash('sha256').update(demoVote).digest('hex') }),
    };
  }
  if (name === 'swarm') {
    const agents = builtInAgents.map(({ agentId, roles }) => `${agentId}=${roles.join(',')}`);
    return { AGENCYOS_AGENTS: agents.join(' ') };
  }
  if (!workers.includes(name)) return {};
  const bubblewrap = ownBubblewrap(projectRoot);
  return {
    ...(existsSync(bubblewrap) && { AGENCYOS_BUBBLEWRAP: bubblewrap }),
    AGENCYOS_PROFILES: profileFiles(dataDir).join(delimiter),
    AGENCYOS_ISOLATION_FILE: join(dataDir, 'isolation.json'),
    AGENCYOS_AGENT_ID: name,
    AGENCYOS_AGENT_ROLES: workerRoles.join(','),
    AGENCYOS_WORKSPACES: join(dataDir, 'workspaces'),
    AGENCYOS_GATEWAY_URL: url,
    AGENCYOS_AGENT_TOKEN_FILE: join(dataDir, 'agents', `${name}.token`),
  };
}
