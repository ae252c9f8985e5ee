import { readFileSync, writeFileSync } from 'node:fs';
import { runAgent, type AgentLogger, type AgentParts, type AgentWork, type ContentClient } from '@agencyos/agent';
import { commandHandler } from './command-handler.js';
import { readConfig, type WorkerConfig } from './config.js';
import { GroupGuard } from './group-guard.js';
import { chooseIsolation } from './isolation/choose-isolation.js';
import { describe } from './isolation/describe.js';
import { closeInheritedFiles } from './isolation/inherited-files.js';
import { Profiles } from './isolation/profiles.js';
import { jobsDriver } from './jobs/driver.js';
import { chooseLimiter } from './limits/choose-limiter.js';
import { pruneWorkspaces } from './workspace.js';

const keepWorkspacesMs = 7 * 24 * 3_600_000;

await runAgent({ kind: 'command', readConfig, prepare });

async function prepare({ config, logger, content }: AgentParts<WorkerConfig>): Promise<AgentWork> {
  closeInheritedFiles();
  const guard = new GroupGuard();
  const { workspaces, dataDir } = config;
  const profiles = Profiles.read(config.profileFiles);
  const isolation = await chooseIsolation({ ...config, way: config.isolation });
  const limiter = await chooseLimiter();
  const jobs = await jobsOf(config, profiles, content);
  const inForce = { way: isolation.way, limits: limiter.way, sentence: describe(isolation, limiter.way) };
  if (config.roles.every((role) => profiles.forRole(role).driver === 'kubernetes'))
    inForce.sentence = 'Each command runs in a Job of Kubernetes of its own.';
  logger.info({ way: inForce.way, limits: inForce.limits }, inForce.sentence);
  if (config.isolationFile) writeFileSync(config.isolationFile, `${JSON.stringify(inForce)}\n`);
  void prune(workspaces, logger);
  return {
    handler: commandHandler({
      ...{ workspaces, guard, isolation, limiter, profiles },
      ...(dataDir && { dataDir }),
      ...(content && { content }),
      ...(jobs && { jobs: jobs.run }),
    }),
    build: [
      version(),
      ...(jobs ? ['Jobs of Kubernetes'] : [isolation.way === 'none' ? 'not isolated' : isolation.way, limiter.way]),
    ].join(', '),
    close: () => {
      guard.close();
      jobs?.close();
    },
  };
}

/** What makes Jobs, where a role wants them. @throws Error that says what is missing */
async function jobsOf({ jobs, roles }: WorkerConfig, profiles: Profiles, content: ContentClient | undefined) {
  if (!roles.some((role) => profiles.forRole(role).driver === 'kubernetes')) return undefined;
  if (!jobs)
    throw new Error(
      "The driver kubernetes needs AGENCYOS_JOBS_IMAGE, this worker's image, and AGENCYOS_JOBS_ADDRESS, its pod's.",
    );
  return jobsDriver({ ...jobs, content });
}

async function prune(workspaces: string, logger: AgentLogger): Promise<void> {
  try {
    const pruned = await pruneWorkspaces(workspaces, keepWorkspacesMs);
    if (pruned.length > 0) logger.info({ runs: pruned.length }, 'old workspaces deleted');
  } catch (error) {
    logger.warn({ error: String(error) }, 'old workspaces could not be deleted');
  }
}

function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
