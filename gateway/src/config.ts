import { agentsOf, installation } from '@agencyos/contracts/installation';
import { z } from 'zod';

const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean),
  );

const Environment = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65535).default(8400),
  PUBLIC_URL: z.url().optional(),
  AGENCYOS_ALLOWED_ORIGINS: list,
  AGENCYOS_DASHBOARD_DIR: z.string().optional(),
  AGENCYOS_DOCS_DIR: z.string().optional(),
  AGENCYOS_AGENT_IDS: list.prefault(
    agentsOf(installation)
      .map(({ name }) => name)
      .join(','),
  ),
  AGENCYOS_TOKENS_DIR: z.string().optional(),
  AGENCYOS_SUPERVISOR_FILE: z.string().optional(),
  AGENCYOS_SEED_WORKFLOW: z.string().optional(),
  AGENCYOS_SEED_REPOSITORY: z.string().optional(),
  AGENCYOS_LINGER_MS: z.coerce.number().int().min(0).max(60_000).default(0),
  AGENCYOS_LIMITS: z.enum(['on', 'off']).default('on'),
  AGENCYOS_DEMO_VOTE: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});

/** The gateway's own settings, beside those of the runtime. */
export interface GatewayConfig {
  host: string;
  port: number;
  /** Address at which people reach us; decides whether cookies are Secure. */
  publicUrl: string;
  allowedOrigins: string[];
  dashboardDir: string | undefined;
  /** The built documentation, for everybody. */
  docsDir?: string | undefined;
  /** Built-in agents that get a token file. */
  agentIds: string[];
  /** Folder of tokens that somebody else has made: they are let in, and no token files are written. */
  tokensDir?: string | undefined;
  /** What one principal may ask is limited; not for benchmarks. */
  limits: boolean;
  /** How long it goes on serving when it is asked to end: until whoever leads people here has heard of it. */
  lingerMs: number;
  /** Where the supervisor of this machine is found, `{url, token}`; elsewhere somebody else restarts processes. */
  supervisorFile: string | undefined;
  /** SHA-256 of the demonstration's secret. */
  demoVote: Buffer | undefined;
  /** Workflow file and repository of the example that the first start runs; nothing runs without both. */
  example: { workflow: string; repository: string } | undefined;
}

/** @throws ZodError that names the wrong variable */
export function readGatewayConfig(environment: NodeJS.ProcessEnv = process.env): GatewayConfig {
  const env = Environment.parse(environment);
  const { AGENCYOS_SEED_WORKFLOW: workflow, AGENCYOS_SEED_REPOSITORY: repository } = env;
  return {
    host: env.HOST,
    port: env.PORT,
    publicUrl: env.PUBLIC_URL ?? `http://127.0.0.1:${env.PORT}`,
    allowedOrigins: env.AGENCYOS_ALLOWED_ORIGINS,
    dashboardDir: env.AGENCYOS_DASHBOARD_DIR,
    docsDir: env.AGENCYOS_DOCS_DIR,
    agentIds: env.AGENCYOS_AGENT_IDS,
    tokensDir: env.AGENCYOS_TOKENS_DIR,
    lingerMs: env.AGENCYOS_LINGER_MS,
    limits: env.AGENCYOS_LIMITS === 'on',
    supervisorFile: env.AGENCYOS_SUPERVISOR_FILE,
    demoVote: env.AGENCYOS_DEMO_VOTE ? Buffer.from(env.AGENCYOS_DEMO_VOTE, 'hex') : undefined,
    example: workflow && repository ? { workflow, repository } : undefined,
  };
}

/** What `publicUrl` may also be called by people on this machine. */
export function ownOrigins({ publicUrl, allowedOrigins }: GatewayConfig): string[] {
  const { origin, protocol, port, hostname } = new URL(publicUrl);
  const loopback = ['127.0.0.1', 'localhost'];
  const aliases = loopback.includes(hostname) ? loopback.map((host) => `${protocol}//${host}${port && `:${port}`}`) : [];
  return [origin, ...aliases, ...allowedOrigins];
}
