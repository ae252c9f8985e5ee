import { newId, type AgentKind } from '@agencyos/contracts';
import type { AgentConfig } from './agent-config.js';
import type { AgentLogger, TaskHandler } from './agent-options.js';
import { ContentClient } from './content-client.js';
import { serveHealth } from './health.js';
import { jsonLogger } from './logger.js';
import { startAgent, type RunningAgent } from './start-agent.js';

/** What makes an agent kind; everything else of its process is the same for all. */
export interface AgentProgram<C extends AgentConfig = AgentConfig> {
  kind: AgentKind;
  /** `readAgentConfig`, or one that adds what is its own. @throws Error naming the variables that are missing or wrong */
  readConfig(env: NodeJS.ProcessEnv): C;
  /** Called once, before the agent connects. */
  prepare(parts: AgentParts<C>): AgentWork | Promise<AgentWork>;
}

export interface AgentParts<C extends AgentConfig = AgentConfig> {
  config: C;
  logger: AgentLogger;
  /** The content store, as this agent; undefined where it was told of none. */
  content: ContentClient | undefined;
}

export interface AgentWork {
  handler: TaskHandler;
  /** Version of the program, and what else people should know of it. */
  build: string;
  /** Before the process ends, however that came. */
  close?(): void;
}

/** An ordinary stop has to be over by then. */
const stopWithinMs = 4_800;

/**
 * The whole life of an agent process: reads its environment, logs JSON lines, serves its health, connects, works until a
 * signal or the end of its supervisor, gives back what it holds and exits with 0; with 1 and a sentence when it cannot
 * go on.
 */
export function runAgent<C extends AgentConfig>(program: AgentProgram<C>): Promise<never> {
  return run(program).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  });
}

async function run<C extends AgentConfig>({ kind, readConfig, prepare }: AgentProgram<C>): Promise<never> {
  const config = readConfig(process.env);
  const logger = jsonLogger(config.agentId);
  let close = (): void => undefined;
  const end = (code: number, why: string): never => {
    logger.info({ why }, 'stopped');
    close();
    process.exit(code);
  };
  let stopRequested = false;
  let stop = (why: string) => {
    stopRequested = true;
    end(0, why); // nothing has been taken yet
  };
  onStop(config, (why) => stop(why));

  const own: { agent?: RunningAgent } = {};
  const health = { started: () => own.agent !== undefined, ready: () => own.agent?.ready() ?? false };
  if (config.healthPort !== undefined)
    serveHealth({ host: config.healthHost ?? '127.0.0.1', port: config.healthPort }, health).on('error', (error) =>
      end(1, error.message),
    );

  const content = config.contentStore && new ContentClient(config.contentStore);
  const work = await prepare({ config, logger, content });
  const { handler, build } = work;
  close = () => work.close?.();
  const agent = await startAgent({
    ...config,
    ...{ instanceId: config.instanceId ?? newId(), kind, build, handler, logger },
    ...(content && { content }),
  });
  own.agent = agent;
  stop = (why) => {
    if (stopRequested) return;
    stopRequested = true;
    logger.info({ why }, 'stopping');
    setTimeout(() => end(1, 'the stop took too long'), stopWithinMs);
    void agent.stop();
  };
  await agent.closed;
  return end(0, 'asked to');
}

function onStop({ supervised }: AgentConfig, stop: (why: string) => void): void {
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(name, () => stop(name));
  if (!supervised) return;
  process.stdin
    .on('end', () => stop('the supervisor is gone'))
    .on('error', () => undefined)
    .resume();
}
