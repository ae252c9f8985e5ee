import { readFileSync, writeFileSync } from 'node:fs';
import { newId } from '@agencyos/contracts';
import { startAgent } from '@agencyos/agent';
import { commandHandler } from './command-handler.js';
import { readConfig, type WorkerConfig } from './config.js';
import { GroupGuard } from './group-guard.js';
import { chooseIsolation } from './isolation/choose-isolation.js';
import { describe } from './isolation/describe.js';
import { closeInheritedFiles } from './isolation/inherited-files.js';
import { Profiles } from './isolation/profiles.js';
import { serveHealth } from './health.js';
import { chooseLimiter } from './limits/choose-limiter.js';
import { jsonLogger } from './logger.js';
import { ContentClient } from './content-client.js';
import { pruneWorkspaces } from './workspace.js';

const keepWorkspacesMs = 7 * 24 * 3_600_000;
/** An ordinary stop has to be over by then. */
const stopWithinMs = 4_800;

async function main(config: WorkerConfig): Promise<void> {
  closeInheritedFiles();
  const logger = jsonLogger(config.agentId);
  const guard = new GroupGuard();
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  let stopRequested = false;
  let stop = (why: string) => {
    stopRequested = true;
    end(0, why); // nothing has been taken yet
  };
  const end = (code: number, why: string) => {
    logger.info({ why }, 'stopped');
    guard.close();
    process.exit(code);
  };
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(name, () => stop(name));
  if (config.supervised)
    process.stdin
      .on('end', () => stop('the supervisor is gone'))
      .on('error', () => undefined)
      .resume();

  let ready = () => false;
  const health = config.healthPort === undefined ? undefined : serveHealth(config.healthPort, () => ready());
  health?.on('error', (error) => end(1, error.message));

  const profiles = Profiles.read(config.profileFiles);
  const isolation = await chooseIsolation({ ...config, way: config.isolation });
  const limiter = await chooseLimiter();
  const inForce = { way: isolation.way, limits: limiter.way, sentence: describe(isolation.way, limiter.way) };
  logger.info({ way: inForce.way, limits: inForce.limits }, inForce.sentence);
  if (config.isolationFile) writeFileSync(config.isolationFile, `${JSON.stringify(inForce)}\n`);
  const content = config.contentStore && new ContentClient(config.contentStore);
  const agent = await startAgent({
    ...config,
    instanceId: config.instanceId ?? newId(),
    kind: 'command',
    build: `${version}, ${isolation.way === 'none' ? 'not isolated' : isolation.way}, ${limiter.way}`,
    handler: commandHandler({
      workspaces: config.workspaces,
      guard,
      isolation,
      limiter,
      profiles,
      ...(config.dataDir && { dataDir: config.dataDir }),
      ...(content && { content }),
    }),
    ...(content && { content }),
    logger,
  });
  ready = () => agent.ready();
  stop = (why) => {
    if (stopRequested) return;
    stopRequested = true;
    logger.info({ why }, 'stopping');
    setTimeout(() => end(1, 'the stop took too long'), stopWithinMs);
    void agent.stop();
  };
  const pruned = await pruneWorkspaces(config.workspaces, keepWorkspacesMs);
  if (pruned.length > 0) logger.info({ runs: pruned.length }, 'old workspaces deleted');
  await agent.closed;
  end(0, 'asked to');
}

main(readConfig(process.env)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
