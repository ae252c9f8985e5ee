import { readFileSync, writeFileSync } from 'node:fs';
import { runAgent, type AgentLogger, type AgentParts, type AgentWork } from '@agencyos/agent';
import { commandHandler } from './command-handler.js';
import { readConfig, type WorkerConfig } from './config.js';
import { GroupGuard } from './group-guard.js';
import { chooseIsolation } from './isolation/choose-isolation.js';
import { describe } from './isolation/describe.js';
import { closeInheritedFiles } from './isolation/inherited-files.js';
import { Profiles } from './isolation/profiles.js';
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
  const inForce = { way: isolation.way, limits: limiter.way, sentence: describe(isolation, limiter.way) };
  logger.info({ way: inForce.way, limits: inForce.limits }, inForce.sentence);
  if (config.isolationFile) writeFileSync(config.isolationFile, `${JSON.stringify(inForce)}\n`);
  void prune(workspaces, logger);
  return {
    handler: commandHandler({
      ...{ workspaces, guard, isolation, limiter, profiles },
      ...(dataDir && { dataDir }),
      ...(content && { content }),
    }),
    build: `${version()}, ${isolation.way === 'none' ? 'not isolated' : isolation.way}, ${limiter.way}`,
    close: () => guard.close(),
  };
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
